#include "common/ejson/value.h"

#include <bson/bson.h>

#include <utility>

namespace overlock::ejson {

Value Value::Array(std::vector<Value> items) {
  return Make<Type::kArray>(std::make_shared<const std::vector<Value>>(std::move(items)));
}

Value Value::Document(std::vector<Member> members) {
  return Make<Type::kDocument>(std::make_shared<const std::vector<Member>>(std::move(members)));
}

const Value* Value::Find(std::string_view key) const {
  if (!is(Type::kDocument)) return nullptr;
  for (const Member& member : members()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::string_view Describe(Value::Type type) {
  switch (type) {
    case Value::Type::kUndefined:
      return "undefined";
    case Value::Type::kNull:
      return "null";
    case Value::Type::kMinKey:
      return "a MinKey";
    case Value::Type::kMaxKey:
      return "a MaxKey";
    case Value::Type::kBool:
      return "a boolean";
    case Value::Type::kInt32:
    case Value::Type::kInt64:
    case Value::Type::kDouble:
    case Value::Type::kDecimal128:
      return "a number";
    case Value::Type::kDate:
      return "a date";
    case Value::Type::kTimestamp:
      return "a timestamp";
    case Value::Type::kObjectId:
      return "an ObjectId";
    case Value::Type::kString:
      return "a string";
    case Value::Type::kBinary:
      return "a binary";
    case Value::Type::kRegex:
      return "a regular expression";
    case Value::Type::kArray:
      return "an array";
    case Value::Type::kDocument:
      return "a document";
  }
  return "a value";
}

bool IsUtf8(std::string_view text) {
  return bson_utf8_validate(text.data() ? text.data() : "", text.size(), /*allow_null=*/true);
}

}  // namespace overlock::ejson
