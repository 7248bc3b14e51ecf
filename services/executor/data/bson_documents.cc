#include "services/executor/data/bson_documents.h"

#include <bson/bson.h>

namespace overlock::executor {
namespace {

bool Open(std::string_view bytes, bson_t& document) {
  return bson_init_static(&document, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

bool FindIn(std::string_view bytes, std::string_view field, bson_t& document, bson_iter_t& it) {
  return Open(bytes, document) &&
         bson_iter_init_find_w_len(&it, &document, field.data(), static_cast<int>(field.size()));
}

std::string Take(bson_t& document) {
  bson_append_double(&document, "ok", 2, 1);
  std::string bytes(reinterpret_cast<const char*>(bson_get_data(&document)), document.len);
  bson_destroy(&document);
  return bytes;
}

void ReadBatch(const bson_iter_t& batch, std::vector<std::string>& documents) {
  bson_iter_t item;
  if (!BSON_ITER_HOLDS_ARRAY(&batch) || !bson_iter_recurse(&batch, &item)) return;
  while (bson_iter_next(&item)) {
    if (!BSON_ITER_HOLDS_DOCUMENT(&item)) continue;
    uint32_t length = 0;
    const uint8_t* data = nullptr;
    bson_iter_document(&item, &length, &data);
    documents.emplace_back(reinterpret_cast<const char*>(data), length);
  }
}

}  // namespace

std::optional<CursorReply> ReadCursorReply(std::string_view reply) {
  bson_t document;
  bson_iter_t it;
  bson_iter_t field;
  if (!Open(reply, document) || !bson_iter_init_find(&it, &document, "cursor") || !BSON_ITER_HOLDS_DOCUMENT(&it) ||
      !bson_iter_recurse(&it, &field)) {
    return std::nullopt;
  }
  CursorReply result;
  while (bson_iter_next(&field)) {
    std::string_view key = bson_iter_key(&field);
    if (key == "id") {
      result.id = bson_iter_as_int64(&field);
    } else if (key == "ns" && BSON_ITER_HOLDS_UTF8(&field)) {
      result.name_space = bson_iter_utf8(&field, nullptr);
    } else if (key == "firstBatch" || key == "nextBatch") {
      ReadBatch(field, result.documents);
    }
  }
  return result;
}

std::string MakeCursorReply(const CursorReply& cursor, bool is_more) {
  bson_t reply;
  bson_t body;
  bson_t batch;
  bson_init(&reply);
  bson_append_document_begin(&reply, "cursor", -1, &body);
  bson_append_array_begin(&body, is_more ? "nextBatch" : "firstBatch", -1, &batch);
  uint32_t index = 0;
  for (const std::string& bytes : cursor.documents) {
    char buffer[16];
    const char* key = nullptr;
    size_t length = bson_uint32_to_string(index++, &key, buffer, sizeof(buffer));
    bson_t document;
    if (Open(bytes, document)) bson_append_document(&batch, key, static_cast<int>(length), &document);
  }
  bson_append_array_end(&body, &batch);
  bson_append_int64(&body, "id", -1, cursor.id);
  bson_append_utf8(&body, "ns", -1, cursor.name_space.data(), static_cast<int>(cursor.name_space.size()));
  bson_append_document_end(&reply, &body);
  return Take(reply);
}

std::string MakeReplyWith(std::string_view field, std::string_view document) {
  bson_t reply;
  bson_t value;
  bson_init(&reply);
  if (!document.empty() && Open(document, value)) {
    bson_append_document(&reply, field.data(), static_cast<int>(field.size()), &value);
  } else {
    bson_append_null(&reply, field.data(), static_cast<int>(field.size()));
  }
  return Take(reply);
}

std::optional<std::string> CommandName(std::string_view command) {
  bson_t document;
  bson_iter_t it;
  if (!Open(command, document) || !bson_iter_init(&it, &document) || !bson_iter_next(&it)) return std::nullopt;
  return bson_iter_key(&it);
}

bool HasField(std::string_view command, std::string_view field) {
  bson_t document;
  bson_iter_t it;
  return FindIn(command, field, document, it);
}

std::string TextField(std::string_view command, std::string_view field) {
  bson_t document;
  bson_iter_t it;
  uint32_t length = 0;
  if (!FindIn(command, field, document, it) || !BSON_ITER_HOLDS_UTF8(&it)) return "";
  const char* text = bson_iter_utf8(&it, &length);
  return std::string(text, length);
}

}  // namespace overlock::executor
