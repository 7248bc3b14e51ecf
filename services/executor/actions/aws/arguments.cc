#include "services/executor/actions/aws/arguments.h"

namespace overlock::executor::aws {

std::string TextOf(const ejson::Value& document, std::string_view key) {
  const ejson::Value* value = document.Find(key);
  return value != nullptr && value->is(ejson::Value::Type::kString) ? value->as_string() : "";
}

std::optional<std::string> BytesOf(const ejson::Value& document, std::string_view key) {
  const ejson::Value* value = document.Find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is(ejson::Value::Type::kString)) return value->as_string();
  if (value->is(ejson::Value::Type::kBinary)) return value->as_binary().bytes;
  return std::nullopt;
}

std::optional<double> NumberOf(const ejson::Value& document, std::string_view key) {
  const ejson::Value* value = document.Find(key);
  if (value == nullptr) return std::nullopt;
  switch (value->type()) {
    case ejson::Value::Type::kInt32:
      return value->as_int32();
    case ejson::Value::Type::kInt64:
      return static_cast<double>(value->as_int64());
    case ejson::Value::Type::kDouble:
      return value->as_double();
    default:
      return std::nullopt;
  }
}

}  // namespace overlock::executor::aws
