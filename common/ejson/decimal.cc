#include "common/ejson/decimal.h"

#include <bson/bson.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace overlock::ejson {
namespace {

// A double has at most 767 significant decimal digits; glibc prints all of them exactly.
constexpr int kDoubleDigitsMax = 767;

// Reads `[-]digits[.digits][E[+-]digits]`, the form that both printers write.
Digits FromText(std::string_view text) {
  Digits result;
  if (!text.empty() && text.front() == '-') {
    result.negative = true;
    text.remove_prefix(1);
  }
  int point = -1;
  size_t i = 0;
  for (; i < text.size() && text[i] != 'E' && text[i] != 'e'; ++i) {
    if (text[i] == '.') {
      point = static_cast<int>(result.digits.size());
    } else {
      result.digits.push_back(text[i]);
    }
  }
  if (point < 0) point = static_cast<int>(result.digits.size());
  if (i < text.size()) {
    std::string exponent(text.substr(i + 1));
    result.exponent = std::atoi(exponent.c_str());
  }
  result.exponent += point;
  size_t first = result.digits.find_first_not_of('0');
  if (first == std::string::npos) return Digits();
  result.digits.erase(0, first);
  result.exponent -= static_cast<int>(first);
  result.digits.erase(result.digits.find_last_not_of('0') + 1);
  return result;
}

Digits Special(Digits::Kind kind, bool negative) {
  Digits result;
  result.kind = kind;
  result.negative = negative;
  return result;
}

Digits FromDouble(double value) {
  if (std::isnan(value)) return Special(Digits::Kind::kNaN, false);
  if (std::isinf(value)) return Special(Digits::Kind::kInfinite, value < 0);
  char text[kDoubleDigitsMax + 32];
  int length = std::snprintf(text, sizeof(text), "%.*e", kDoubleDigitsMax - 1, value);
  return FromText(std::string_view(text, length));
}

Digits FromDecimal(Decimal128 value) {
  std::string text = DecimalToText(value);
  if (text == "NaN") return Special(Digits::Kind::kNaN, false);
  if (text.find("Infinity") != std::string::npos) return Special(Digits::Kind::kInfinite, text.front() == '-');
  return FromText(text);
}

}  // namespace

std::optional<Decimal128> DecimalFromText(std::string_view text) {
  // libbson takes an int for the length; no number needs as much as this.
  if (text.empty() || text.size() > 10'000) return std::nullopt;
  bson_decimal128_t decimal;
  if (!bson_decimal128_from_string_w_len(text.data(), static_cast<int>(text.size()), &decimal)) return std::nullopt;
  return Decimal128{decimal.high, decimal.low};
}

std::string DecimalToText(Decimal128 decimal) {
  bson_decimal128_t value;
  value.high = decimal.high;
  value.low = decimal.low;
  char text[BSON_DECIMAL128_STRING];
  bson_decimal128_to_string(&value, text);
  return text;
}

Digits ToDigits(const Value& number) {
  switch (number.type()) {
    case Value::Type::kInt32:
      return FromText(absl::StrCat(number.as_int32()));
    case Value::Type::kInt64:
      return FromText(absl::StrCat(number.as_int64()));
    case Value::Type::kDouble:
      return FromDouble(number.as_double());
    default:
      return FromDecimal(number.as_decimal128());
  }
}

}  // namespace overlock::ejson
