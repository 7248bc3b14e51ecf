#include "common/ejson/bson.h"

#include <bson/bson.h>

#include <cstring>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::ejson {
namespace {

using Type = Value::Type;

absl::Status Bad(std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_BSON", absl::StrCat("not a BSON document: ", what));
}

absl::StatusOr<Value> ReadText(const char* text, size_t bytes) {
  if (!IsUtf8(std::string_view(text, bytes))) return Bad("a text is not UTF-8");
  return Value::String(std::string(text, bytes));
}

Value ReadBinary(const bson_iter_t& it) {
  bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
  uint32_t bytes = 0;
  const uint8_t* data = nullptr;
  bson_iter_binary(&it, &subtype, &bytes, &data);
  Binary binary;
  binary.subtype = static_cast<uint8_t>(subtype);
  binary.bytes.assign(reinterpret_cast<const char*>(data), bytes);
  return Value::Of(std::move(binary));
}

Value ReadObjectId(const bson_oid_t* oid) {
  ObjectId id;
  std::memcpy(id.bytes.data(), oid->bytes, id.bytes.size());
  return Value::Of(id);
}

absl::StatusOr<Value> ReadContainer(bson_iter_t it, bool is_array, int depth);

absl::StatusOr<Value> ReadOther(const bson_iter_t& it) {
  uint32_t length = 0;
  const char* text = nullptr;
  switch (bson_iter_type(&it)) {
    case BSON_TYPE_REGEX: {
      const char* options = nullptr;
      text = bson_iter_regex(&it, &options);
      if (!IsUtf8(text) || !IsUtf8(options)) return Bad("a text is not UTF-8");
      return Value::Of(Regex{text, options});
    }
    case BSON_TYPE_DBPOINTER: {
      const bson_oid_t* oid = nullptr;
      bson_iter_dbpointer(&it, &length, &text, &oid);
      return ReadObjectId(oid);
    }
    case BSON_TYPE_CODE:
      text = bson_iter_code(&it, &length);
      return ReadText(text, length);
    case BSON_TYPE_CODEWSCOPE: {
      uint32_t scope_bytes = 0;
      const uint8_t* scope = nullptr;
      text = bson_iter_codewscope(&it, &length, &scope_bytes, &scope);
      return ReadText(text, length);
    }
    case BSON_TYPE_SYMBOL:
      text = bson_iter_symbol(&it, &length);
      return ReadText(text, length);
    case BSON_TYPE_TIMESTAMP: {
      Timestamp time;
      bson_iter_timestamp(&it, &time.seconds, &time.increment);
      return Value::Of(time);
    }
    case BSON_TYPE_DECIMAL128: {
      bson_decimal128_t decimal;
      bson_iter_decimal128(&it, &decimal);
      return Value::Of(Decimal128{decimal.high, decimal.low});
    }
    case BSON_TYPE_UNDEFINED:
      return Value();
    case BSON_TYPE_NULL:
      return Value::Null();
    case BSON_TYPE_MINKEY:
      return Value::MinKey();
    case BSON_TYPE_MAXKEY:
      return Value::MaxKey();
    default:
      return Bad("a type that does not exist");
  }
}

absl::StatusOr<Value> ReadValue(const bson_iter_t& it, int depth) {
  switch (bson_iter_type(&it)) {
    case BSON_TYPE_DOUBLE:
      return Value::Double(bson_iter_double(&it));
    case BSON_TYPE_UTF8: {
      uint32_t length = 0;
      const char* text = bson_iter_utf8(&it, &length);
      return ReadText(text, length);
    }
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY: {
      bson_iter_t child;
      if (depth >= kBsonDepthMax) return Bad("it nests too deeply");
      if (!bson_iter_recurse(&it, &child)) return Bad("a document in it is broken");
      return ReadContainer(child, bson_iter_type(&it) == BSON_TYPE_ARRAY, depth + 1);
    }
    case BSON_TYPE_BINARY:
      return ReadBinary(it);
    case BSON_TYPE_OID:
      return ReadObjectId(bson_iter_oid(&it));
    case BSON_TYPE_BOOL:
      return Value::Bool(bson_iter_bool(&it));
    case BSON_TYPE_DATE_TIME:
      return Value::Of(Date{bson_iter_date_time(&it)});
    case BSON_TYPE_INT32:
      return Value::Int32(bson_iter_int32(&it));
    case BSON_TYPE_INT64:
      return Value::Int64(bson_iter_int64(&it));
    default:
      return ReadOther(it);
  }
}

absl::StatusOr<Value> ReadContainer(bson_iter_t it, bool is_array, int depth) {
  std::vector<Value> items;
  std::vector<Member> members;
  absl::flat_hash_set<std::string_view> keys;
  while (bson_iter_next(&it)) {
    OVERLOCK_ASSIGN_OR_RETURN(Value value, ReadValue(it, depth));
    if (is_array) {
      items.push_back(std::move(value));
      continue;
    }
    std::string_view key(bson_iter_key(&it), bson_iter_key_len(&it));
    if (!IsUtf8(key)) return Bad("a key is not UTF-8");
    // The iterator's key stands in the document's bytes.
    if (!keys.insert(key).second) return Bad("a key stands twice in one document");
    members.push_back({std::string(key), std::move(value)});
  }
  // It stops at the end and at a fault.
  if (it.err_off != 0) return Bad(absl::StrCat("a fault at byte ", it.err_off));
  return is_array ? Value::Array(std::move(items)) : Value::Document(std::move(members));
}

void Append(bson_t* out, const char* key, int length, const Value& value);

void AppendContainer(bson_t* out, const Value& value) {
  if (value.is(Type::kArray)) {
    char buffer[16];
    const char* key = nullptr;
    uint32_t index = 0;
    for (const Value& item : value.items()) {
      size_t length = bson_uint32_to_string(index++, &key, buffer, sizeof(buffer));
      Append(out, key, static_cast<int>(length), item);
    }
    return;
  }
  for (const Member& member : value.members()) {
    Append(out, member.key.c_str(), static_cast<int>(std::strlen(member.key.c_str())), member.value);
  }
}

void AppendBytes(bson_t* out, const char* key, int length, const Value& value) {
  switch (value.type()) {
    case Type::kObjectId: {
      bson_oid_t oid;
      std::memcpy(oid.bytes, value.as_object_id().bytes.data(), sizeof(oid.bytes));
      bson_append_oid(out, key, length, &oid);
      break;
    }
    case Type::kBinary: {
      const Binary& binary = value.as_binary();
      bson_append_binary(out, key, length, static_cast<bson_subtype_t>(binary.subtype),
                         reinterpret_cast<const uint8_t*>(binary.bytes.data()),
                         static_cast<uint32_t>(binary.bytes.size()));
      break;
    }
    case Type::kRegex:
      bson_append_regex(out, key, length, value.as_regex().pattern.c_str(), value.as_regex().options.c_str());
      break;
    case Type::kDecimal128: {
      bson_decimal128_t decimal;
      decimal.high = value.as_decimal128().high;
      decimal.low = value.as_decimal128().low;
      bson_append_decimal128(out, key, length, &decimal);
      break;
    }
    default:
      bson_append_timestamp(out, key, length, value.as_timestamp().seconds, value.as_timestamp().increment);
  }
}

void Append(bson_t* out, const char* key, int length, const Value& value) {
  bson_t child;
  switch (value.type()) {
    case Type::kUndefined:
      bson_append_undefined(out, key, length);
      break;
    case Type::kNull:
      bson_append_null(out, key, length);
      break;
    case Type::kMinKey:
      bson_append_minkey(out, key, length);
      break;
    case Type::kMaxKey:
      bson_append_maxkey(out, key, length);
      break;
    case Type::kBool:
      bson_append_bool(out, key, length, value.as_bool());
      break;
    case Type::kInt32:
      bson_append_int32(out, key, length, value.as_int32());
      break;
    case Type::kInt64:
      bson_append_int64(out, key, length, value.as_int64());
      break;
    case Type::kDouble:
      bson_append_double(out, key, length, value.as_double());
      break;
    case Type::kDate:
      bson_append_date_time(out, key, length, value.as_date().milliseconds);
      break;
    case Type::kString:
      bson_append_utf8(out, key, length, value.as_string().data(), static_cast<int>(value.as_string().size()));
      break;
    case Type::kArray:
      bson_append_array_begin(out, key, length, &child);
      AppendContainer(&child, value);
      bson_append_array_end(out, &child);
      break;
    case Type::kDocument:
      bson_append_document_begin(out, key, length, &child);
      AppendContainer(&child, value);
      bson_append_document_end(out, &child);
      break;
    default:
      AppendBytes(out, key, length, value);
  }
}

}  // namespace

absl::StatusOr<Value> FromBson(std::string_view bytes) {
  bson_t document;
  bson_iter_t it;
  if (!bson_init_static(&document, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()) ||
      !bson_iter_init(&it, &document)) {
    return Bad("its length is another");
  }
  return ReadContainer(it, /*is_array=*/false, 0);
}

std::string ToBson(const Value& document) {
  bson_t out;
  bson_init(&out);
  AppendContainer(&out, document);
  std::string bytes(reinterpret_cast<const char*>(bson_get_data(&out)), out.len);
  bson_destroy(&out);
  return bytes;
}

}  // namespace overlock::ejson
