// BSON as text. For tests only.
#ifndef OVERLOCK_COMMON_TESTING_BSON_TEXT_H_
#define OVERLOCK_COMMON_TESTING_BSON_TEXT_H_

#include <bson/bson.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace overlock {

inline std::string BsonBytes(const bson_t& document) {
  return {reinterpret_cast<const char*>(bson_get_data(&document)), document.len};
}

// A document from Extended JSON. Throws where the test is wrong.
inline std::string Bson(std::string_view json) {
  bson_error_t error;
  bson_t* document = bson_new_from_json(reinterpret_cast<const uint8_t*>(json.data()), json.size(), &error);
  if (document == nullptr) throw std::invalid_argument(std::string(json) + ": " + error.message);
  std::string bytes = BsonBytes(*document);
  bson_destroy(document);
  return bytes;
}

namespace testing_internal {
using BsonToText = char* (*)(const bson_t*, size_t*);
inline std::string Text(const bson_t& document, BsonToText to_text) {
  char* text = to_text(&document, nullptr);
  std::string copy = text == nullptr ? "not BSON" : text;
  bson_free(text);
  return copy;
}
}  // namespace testing_internal

// What stands at `path` (`cursor.firstBatch`, `writeErrors.0.code`), as relaxed Extended JSON in the driver's way of
// writing, with spaces; empty if there is nothing. With an empty path, the document.
inline std::string BsonAt(std::string_view bytes, const std::string& path,
                          testing_internal::BsonToText to_text = &bson_as_relaxed_extended_json) {
  bson_t document;
  if (!bson_init_static(&document, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size())) return "not BSON";
  if (path.empty()) return testing_internal::Text(document, to_text);
  bson_iter_t iterator, found;
  if (!bson_iter_init(&iterator, &document) || !bson_iter_find_descendant(&iterator, path.c_str(), &found)) return "";
  bson_t wrapped = BSON_INITIALIZER;
  bson_append_iter(&wrapped, "v", 1, &found);
  const std::string text = testing_internal::Text(wrapped, to_text);
  bson_destroy(&wrapped);
  // { "v" : … }
  return text.substr(8, text.size() - 10);
}

// The same in canonical Extended JSON, which tells all types apart.
inline std::string CanonicalBsonAt(std::string_view bytes, const std::string& path) {
  return BsonAt(bytes, path, &bson_as_canonical_extended_json);
}

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TESTING_BSON_TEXT_H_
