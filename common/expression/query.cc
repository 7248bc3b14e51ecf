#include "common/expression/query.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "common/ejson/decimal.h"

namespace overlock::expression {
namespace {

using ejson::Value;
using Type = Value::Type;

constexpr int kInt64Digits = 19;

struct TypeName {
  std::string_view name;
  int64_t number;
  uint32_t types;
};
// BSON's names and numbers; those of types that Extended JSON values cannot have are left out.
constexpr TypeName kTypes[] = {
    {"double", 1, BitOf(Type::kDouble)},
    {"string", 2, BitOf(Type::kString)},
    {"object", 3, BitOf(Type::kDocument)},
    {"array", 4, BitOf(Type::kArray)},
    {"binData", 5, BitOf(Type::kBinary)},
    {"undefined", 6, BitOf(Type::kUndefined)},
    {"objectId", 7, BitOf(Type::kObjectId)},
    {"bool", 8, BitOf(Type::kBool)},
    {"date", 9, BitOf(Type::kDate)},
    {"null", 10, BitOf(Type::kNull)},
    {"regex", 11, BitOf(Type::kRegex)},
    {"int", 16, BitOf(Type::kInt32)},
    {"timestamp", 17, BitOf(Type::kTimestamp)},
    {"long", 18, BitOf(Type::kInt64)},
    {"decimal", 19, BitOf(Type::kDecimal128)},
    {"minKey", -1, BitOf(Type::kMinKey)},
    {"maxKey", 127, BitOf(Type::kMaxKey)},
};
constexpr uint32_t kNumbers =
    BitOf(Type::kDouble) | BitOf(Type::kInt32) | BitOf(Type::kInt64) | BitOf(Type::kDecimal128);

std::optional<int64_t> WholeOfDouble(double number) {
  constexpr double kLimit = 9223372036854775808.0;
  if (std::isnan(number) || number >= kLimit || number < -kLimit) return std::nullopt;
  return static_cast<int64_t>(number);
}

std::optional<int64_t> WholeOfDecimal(const Value& value) {
  const ejson::Digits digits = ejson::ToDigits(value);
  if (digits.kind != ejson::Digits::Kind::kFinite || digits.exponent > kInt64Digits) return std::nullopt;
  // Up to 19 digits fit an uint64.
  uint64_t magnitude = 0;
  for (int i = 0; i < digits.exponent; ++i) {
    const size_t at = static_cast<size_t>(i);
    magnitude = magnitude * 10 + (at < digits.digits.size() ? static_cast<uint64_t>(digits.digits[at] - '0') : 0);
  }
  constexpr uint64_t kMagnitudeMax = uint64_t{1} << 63;
  if (magnitude > kMagnitudeMax || (magnitude == kMagnitudeMax && !digits.negative)) return std::nullopt;
  return static_cast<int64_t>(digits.negative ? 0 - magnitude : magnitude);
}

template <class Matches>
bool ItOrAnItem(const Value& field, const Matches& matches) {
  if (matches(field)) return true;
  return field.is(Type::kArray) && std::any_of(field.items().begin(), field.items().end(), matches);
}

bool HasBits(uint64_t bits, const Query& query) {
  const uint64_t hits = (query.set ? bits : ~bits) & query.mask;
  return query.all ? hits == query.mask : hits != 0;
}

// Bit 0 is the lowest of the first byte. Behind its end all bits are clear.
uint64_t LowBits(const std::string& bytes) {
  uint64_t bits = 0;
  for (size_t i = 0; i < std::min<size_t>(bytes.size(), sizeof(bits)); ++i) {
    bits |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  }
  return bits;
}

bool ItMatchesBits(const Value& value, const Query& query) {
  if (value.is(Type::kBinary)) return HasBits(LowBits(value.as_binary().bytes), query);
  // As in MongoDB a number with a fraction has no bits.
  if (value.is(Type::kDouble) && std::trunc(value.as_double()) != value.as_double()) return false;
  std::optional<int64_t> whole = value.is(Type::kDecimal128) ? std::nullopt : WholeOf(value);
  return whole && HasBits(static_cast<uint64_t>(*whole), query);
}

}  // namespace

uint32_t TypesNamed(std::string_view name) {
  if (name == "number") return kNumbers;
  for (const TypeName& type : kTypes) {
    if (type.name == name) return type.types;
  }
  return 0;
}

uint32_t TypesNumbered(int64_t number) {
  for (const TypeName& type : kTypes) {
    if (type.number == number) return type.types;
  }
  return 0;
}

std::optional<int64_t> WholeOf(const Value& value) {
  switch (value.type()) {
    case Type::kInt32:
      return value.as_int32();
    case Type::kInt64:
      return value.as_int64();
    case Type::kDouble:
      return WholeOfDouble(value.as_double());
    case Type::kDecimal128:
      return WholeOfDecimal(value);
    default:
      return std::nullopt;
  }
}

bool MatchesType(const Value& field, const Query& query) {
  return ItOrAnItem(field, [&query](const Value& value) { return (BitOf(value.type()) & query.types) != 0; });
}

bool MatchesModulo(const Value& field, const Query& query) {
  return ItOrAnItem(field, [&query](const Value& value) {
    std::optional<int64_t> whole = WholeOf(value);
    if (!whole) return false;
    // The one division that overflows.
    const int64_t remainder = query.divisor == -1 ? 0 : *whole % query.divisor;
    return remainder == query.remainder;
  });
}

bool MatchesRegex(const Value& field, const Query& query) {
  return ItOrAnItem(field, [&query](const Value& value) {
    return value.is(Type::kString) && MatchesRegex(std::string_view(value.as_string()), query);
  });
}

bool MatchesBits(const Value& field, const Query& query) {
  return ItOrAnItem(field, [&query](const Value& value) { return ItMatchesBits(value, query); });
}

bool MatchesType(std::string_view, const Query& query) { return (BitOf(Type::kString) & query.types) != 0; }

bool MatchesRegex(std::string_view field, const Query& query) {
  return re2::RE2::PartialMatch(re2::StringPiece(field.data(), field.size()), *query.regex);
}

}  // namespace overlock::expression
