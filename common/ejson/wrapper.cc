#include "common/ejson/wrapper.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/ejson/decimal.h"
#include "common/ejson/hex.h"

namespace overlock::ejson {
namespace {

using Type = Value::Type;
using Members = std::vector<Member>;

Unwrapped Is(Value value) { return {Unwrapped::Kind::kValue, std::move(value), ""}; }
Unwrapped Fault(std::string_view wrapper, std::string_view wanted) {
  return {Unwrapped::Kind::kFault, Value(), absl::StrCat(wrapper, ": must be ", wanted)};
}

const std::string* Text(const Value* value) {
  return value != nullptr && value->is(Type::kString) ? &value->as_string() : nullptr;
}

std::optional<int64_t> Integer(const Value& value) {
  if (value.is(Type::kInt32)) return value.as_int32();
  if (value.is(Type::kInt64)) return value.as_int64();
  return std::nullopt;
}

// absl::SimpleAtoi alone would take white space and a plus sign.
template <class T>
bool ReadInteger(const std::string* text, T& number) {
  if (text == nullptr || text->empty()) return false;
  bool begins_well = absl::ascii_isdigit(text->front()) || text->front() == '-';
  return begins_well && absl::ascii_isdigit(text->back()) && absl::SimpleAtoi(*text, &number);
}

Unwrapped ObjectIdOf(const Members& members) {
  ObjectId id;
  const std::string* text = Text(&members[0].value);
  if (text == nullptr || !FromHex(*text, id.bytes)) return Fault("$oid", "24 hexadecimal digits");
  return Is(Value::Of(id));
}

Unwrapped Int32Of(const Members& members) {
  const std::string* text = Text(&members[0].value);
  int32_t number;
  if (!ReadInteger(text, number)) return Fault("$numberInt", "a 32-bit integer as a string");
  return Is(Value::Int32(number));
}

Unwrapped Int64Of(const Members& members) {
  const std::string* text = Text(&members[0].value);
  int64_t number;
  if (!ReadInteger(text, number)) return Fault("$numberLong", "a 64-bit integer as a string");
  return Is(Value::Int64(number));
}

Unwrapped DoubleOf(const Members& members) {
  constexpr char kWanted[] = "a number, NaN, Infinity or -Infinity as a string";
  const std::string* text = Text(&members[0].value);
  if (text == nullptr) return Fault("$numberDouble", kWanted);
  if (*text == "NaN") return Is(Value::Double(std::numeric_limits<double>::quiet_NaN()));
  if (*text == "Infinity") return Is(Value::Double(std::numeric_limits<double>::infinity()));
  if (*text == "-Infinity") return Is(Value::Double(-std::numeric_limits<double>::infinity()));
  double number;
  bool numeric = text->find_first_not_of("0123456789+-.eE") == std::string::npos;
  if (!numeric || !absl::SimpleAtod(*text, &number)) return Fault("$numberDouble", kWanted);
  return Is(Value::Double(number));
}

Unwrapped DecimalOf(const Members& members) {
  const std::string* text = Text(&members[0].value);
  std::optional<Decimal128> decimal;
  if (text != nullptr) decimal = DecimalFromText(*text);
  if (!decimal) return Fault("$numberDecimal", "a decimal number of at most 34 digits as a string");
  return Is(Value::Of(*decimal));
}

// The content was unwrapped before, so {"$date": {"$numberLong": "5"}} arrives as an int64.
Unwrapped DateOf(const Members& members) {
  const Value& content = members[0].value;
  if (auto milliseconds = Integer(content)) return Is(Value::Of(Date{*milliseconds}));
  absl::Time time;
  const std::string* text = Text(&content);
  if (text == nullptr || !absl::ParseTime(absl::RFC3339_full, *text, &time, nullptr) ||
      time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
    return Fault("$date", "milliseconds as $numberLong, or an RFC 3339 time");
  }
  return Is(Value::Of(Date{absl::ToUnixMillis(time)}));
}

Unwrapped BinaryFrom(const std::string* base64, const std::string* subtype) {
  constexpr char kWanted[] = "{\"base64\": ..., \"subType\": ...} with base64 text and one or two hexadecimal digits";
  Binary binary;
  uint32_t number = 0;
  if (base64 == nullptr || subtype == nullptr || subtype->empty() || subtype->size() > 2 ||
      !std::all_of(subtype->begin(), subtype->end(), [](unsigned char c) { return absl::ascii_isxdigit(c); }) ||
      !absl::SimpleHexAtoi(*subtype, &number) || !absl::Base64Unescape(*base64, &binary.bytes)) {
    return Fault("$binary", kWanted);
  }
  binary.subtype = static_cast<uint8_t>(number);
  return Is(Value::Of(std::move(binary)));
}

Unwrapped BinaryOf(const Members& members) {
  const Value& content = members[0].value;
  const Members* inner = content.is(Type::kDocument) ? &content.members() : nullptr;
  if (inner == nullptr || inner->size() != 2) return BinaryFrom(nullptr, nullptr);
  return BinaryFrom(Text(content.Find("base64")), Text(content.Find("subType")));
}

Unwrapped UuidOf(const Members& members) {
  Binary binary;
  const std::string* text = Text(&members[0].value);
  if (text == nullptr || !UuidFromText(*text, binary.bytes)) return Fault("$uuid", "a UUID with dashes");
  binary.subtype = kUuidSubtype;
  return Is(Value::Of(std::move(binary)));
}

Unwrapped RegexFrom(std::string_view wrapper, const std::string* pattern, const std::string* options) {
  if (pattern == nullptr || options == nullptr) return Fault(wrapper, "a pattern and options, both strings");
  Regex regex{*pattern, *options};
  std::sort(regex.options.begin(), regex.options.end());
  return Is(Value::Of(std::move(regex)));
}

Unwrapped RegexOf(const Members& members) {
  const Value& content = members[0].value;
  if (!content.is(Type::kDocument) || content.members().size() != 2) return RegexFrom(members[0].key, nullptr, nullptr);
  return RegexFrom(members[0].key, Text(content.Find("pattern")), Text(content.Find("options")));
}

Unwrapped TimestampOf(const Members& members) {
  const Value& content = members[0].value;
  const Value* t = content.Find("t");
  const Value* i = content.Find("i");
  std::optional<int64_t> seconds, increment;
  if (t != nullptr) seconds = Integer(*t);
  if (i != nullptr) increment = Integer(*i);
  constexpr int64_t kMax = std::numeric_limits<uint32_t>::max();
  if (!seconds || !increment || content.members().size() != 2 || *seconds < 0 || *seconds > kMax || *increment < 0 ||
      *increment > kMax) {
    return Fault("$timestamp", "{\"t\": ..., \"i\": ...} with two unsigned 32-bit integers");
  }
  return Is(Value::Of(Timestamp{static_cast<uint32_t>(*seconds), static_cast<uint32_t>(*increment)}));
}

Unwrapped UndefinedOf(const Members& members) {
  bool good = members[0].value.is(Type::kBool) && members[0].value.as_bool();
  return good ? Is(Value()) : Fault("$undefined", "true");
}

Unwrapped KeyOf(const Members& members, Value key) {
  bool good = Integer(members[0].value) == 1;
  return good ? Is(std::move(key)) : Fault(members[0].key, "1");
}
Unwrapped MinKeyOf(const Members& members) { return KeyOf(members, Value::MinKey()); }
Unwrapped MaxKeyOf(const Members& members) { return KeyOf(members, Value::MaxKey()); }

struct Wrapper {
  std::string_view key;
  Unwrapped (*unwrap)(const Members& members);
};
constexpr Wrapper kWrappers[] = {
    {"$oid", ObjectIdOf},
    {"$numberInt", Int32Of},
    {"$numberLong", Int64Of},
    {"$numberDouble", DoubleOf},
    {"$numberDecimal", DecimalOf},
    {"$date", DateOf},
    {"$binary", BinaryOf},
    {"$uuid", UuidOf},
    {"$regularExpression", RegexOf},
    {"$timestamp", TimestampOf},
    {"$undefined", UndefinedOf},
    {"$minKey", MinKeyOf},
    {"$maxKey", MaxKeyOf},
};

const Value* Other(const Members& members, std::string_view key) {
  auto it = std::find_if(members.begin(), members.end(), [key](const Member& member) { return member.key == key; });
  return it == members.end() ? nullptr : &it->value;
}

}  // namespace

Unwrapped Unwrap(const Members& members) {
  if (members.empty() || !members[0].key.starts_with('$')) return {};
  if (members.size() == 2) {
    // The older forms of two keys. {"$regex": ...} alone is MongoDB's query operator.
    const Value* binary = Other(members, "$binary");
    const Value* subtype = Other(members, "$type");
    if (binary != nullptr && subtype != nullptr) return BinaryFrom(Text(binary), Text(subtype));
    const Value* pattern = Other(members, "$regex");
    const Value* options = Other(members, "$options");
    if (pattern != nullptr && options != nullptr && Text(pattern) != nullptr) {
      return RegexFrom("$regex", Text(pattern), Text(options));
    }
  }
  for (const Wrapper& wrapper : kWrappers) {
    if (members[0].key != wrapper.key) continue;
    if (members.size() != 1) return Fault(wrapper.key, "the only key of its object");
    return wrapper.unwrap(members);
  }
  return {};
}

}  // namespace overlock::ejson
