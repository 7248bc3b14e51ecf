#include "common/expression/conversion.h"

#include <utility>

#include "common/ejson/hex.h"

namespace overlock::expression {

using ejson::Value;
using Type = Value::Type;

std::optional<Value> Convert(Operand::Kind conversion, const Value& value) {
  constexpr size_t kUuidBytes = 16;
  switch (conversion) {
    case Operand::Kind::kStringToOid: {
      ejson::ObjectId id;
      if (!value.is(Type::kString) || !ejson::FromHex(value.as_string(), id.bytes)) return std::nullopt;
      return Value::Of(id);
    }
    case Operand::Kind::kOidToString:
      if (!value.is(Type::kObjectId)) return std::nullopt;
      return Value::String(ejson::ToHex(value.as_object_id().bytes));
    case Operand::Kind::kStringToUuid: {
      ejson::Binary uuid;
      uuid.subtype = ejson::kUuidSubtype;
      if (!value.is(Type::kString) || !ejson::UuidFromText(value.as_string(), uuid.bytes)) return std::nullopt;
      return Value::Of(std::move(uuid));
    }
    case Operand::Kind::kUuidToString:
      if (!value.is(Type::kBinary) || value.as_binary().subtype != ejson::kUuidSubtype ||
          value.as_binary().bytes.size() != kUuidBytes) {
        return std::nullopt;
      }
      return Value::String(ejson::UuidToText(value.as_binary().bytes));
    default:
      return std::nullopt;
  }
}

std::string_view NameOf(Operand::Kind conversion) {
  switch (conversion) {
    case Operand::Kind::kStringToOid:
      return "%stringToOid";
    case Operand::Kind::kOidToString:
      return "%oidToString";
    case Operand::Kind::kStringToUuid:
      return "%stringToUuid";
    default:
      return "%uuidToString";
  }
}

std::string_view WantedBy(Operand::Kind conversion) {
  switch (conversion) {
    case Operand::Kind::kStringToOid:
      return "a string of 24 hexadecimal digits";
    case Operand::Kind::kOidToString:
      return "an ObjectId";
    case Operand::Kind::kStringToUuid:
      return "a UUID as a string with dashes";
    default:
      return "a UUID";
  }
}

}  // namespace overlock::expression
