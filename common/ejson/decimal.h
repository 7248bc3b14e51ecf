// Decimal128 as text and as digits.
#ifndef OVERLOCK_COMMON_EJSON_DECIMAL_H_
#define OVERLOCK_COMMON_EJSON_DECIMAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/ejson/value.h"

namespace overlock::ejson {

// Reads `1.5`, `-1E+400`, `NaN`, `Infinity`; empty if it is none of these or does not fit.
std::optional<Decimal128> DecimalFromText(std::string_view text);

// The canonical text, which DecimalFromText() reads back to the same bits.
std::string DecimalToText(Decimal128 decimal);

// Any number, exactly: 0.d1d2d3... times ten to the power of `exponent`.
struct Digits {
  enum class Kind { kNaN, kFinite, kInfinite };
  Kind kind = Kind::kFinite;
  bool negative = false;
  int exponent = 0;
  // Without zeros at either end; empty for zero, which is never negative.
  std::string digits;
};

// `number` must be a number.
Digits ToDigits(const Value& number);

}  // namespace overlock::ejson

#endif  // OVERLOCK_COMMON_EJSON_DECIMAL_H_
