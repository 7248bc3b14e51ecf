#include "common/expression/match.h"

#include <cmath>
#include <cstdint>
#include <string_view>

#include "common/ejson/compare.h"

namespace overlock::expression {
namespace {

using ejson::Value;
using Type = Value::Type;

bool SameText(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  // volatile keeps the compiler from leaving the loop early.
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<uint8_t>(difference | (static_cast<uint8_t>(a[i]) ^ static_cast<uint8_t>(b[i])));
  }
  return difference == 0;
}

bool Same(const Value& a, const Value& b) {
  if (a.is(Type::kString) && b.is(Type::kString)) return SameText(a.as_string(), b.as_string());
  return ejson::Equal(a, b);
}

bool IsNaN(const Value& value) {
  if (value.is(Type::kDouble)) return std::isnan(value.as_double());
  constexpr uint64_t kNaNBits = 0x7c00'0000'0000'0000;
  return value.is(Type::kDecimal128) && (value.as_decimal128().high & kNaNBits) == kNaNBits;
}

bool Fits(Predicate::Kind kind, int order) {
  switch (kind) {
    case Predicate::Kind::kGreater:
      return order > 0;
    case Predicate::Kind::kGreaterOrEqual:
      return order >= 0;
    case Predicate::Kind::kLess:
      return order < 0;
    default:
      return order <= 0;
  }
}

bool InOrder(Predicate::Kind kind, const Value& a, const Value& b) {
  if (!ejson::SameGroup(a, b)) return false;
  // NaN is in no order with other numbers, although it has a place when they are sorted.
  if (IsNaN(a) != IsNaN(b)) return false;
  return Fits(kind, ejson::Compare(a, b));
}

template <class Matches>
bool ItOrAnItem(const Value& field, const Matches& matches) {
  if (matches(field)) return true;
  if (!field.is(Type::kArray)) return false;
  for (const Value& item : field.items()) {
    if (matches(item)) return true;
  }
  return false;
}

}  // namespace

bool MatchesEqual(const Value& field, const Value& value) {
  return ItOrAnItem(field, [&value](const Value& candidate) { return Same(candidate, value); });
}

bool MatchesOrder(Predicate::Kind kind, const Value& field, const Value& value) {
  return ItOrAnItem(field, [kind, &value](const Value& candidate) { return InOrder(kind, candidate, value); });
}

bool MatchesEqual(std::string_view field, const Value& value) {
  return value.is(Type::kString) && SameText(field, value.as_string());
}

bool MatchesOrder(Predicate::Kind kind, std::string_view field, const Value& value) {
  return value.is(Type::kString) && Fits(kind, field.compare(value.as_string()));
}

}  // namespace overlock::expression
