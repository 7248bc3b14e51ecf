#include "common/ejson/compare.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>

#include "common/ejson/decimal.h"

namespace overlock::ejson {
namespace {

using Type = Value::Type;

template <class T>
int Order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

int OrderBytes(std::string_view a, std::string_view b) {
  int order = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
  return order != 0 ? order : Order(a.size(), b.size());
}

int GroupOf(Type type) {
  switch (type) {
    case Type::kMinKey:
      return 0;
    case Type::kUndefined:
      return 1;
    case Type::kNull:
      return 2;
    case Type::kInt32:
    case Type::kInt64:
    case Type::kDouble:
    case Type::kDecimal128:
      return 3;
    case Type::kString:
      return 4;
    case Type::kDocument:
      return 5;
    case Type::kArray:
      return 6;
    case Type::kBinary:
      return 7;
    case Type::kObjectId:
      return 8;
    case Type::kBool:
      return 9;
    case Type::kDate:
      return 10;
    case Type::kTimestamp:
      return 11;
    case Type::kRegex:
      return 12;
    case Type::kMaxKey:
      return 13;
  }
  return 14;
}

int OrderDigits(const Digits& a, const Digits& b) {
  if (a.kind == Digits::Kind::kNaN || b.kind == Digits::Kind::kNaN) {
    return Order(a.kind != Digits::Kind::kNaN, b.kind != Digits::Kind::kNaN);
  }
  auto sign = [](const Digits& d) {
    if (d.kind == Digits::Kind::kFinite && d.digits.empty()) return 0;
    return d.negative ? -1 : 1;
  };
  if (sign(a) != sign(b)) return Order(sign(a), sign(b));
  if (sign(a) == 0) return 0;
  int magnitude;
  if (a.kind != b.kind) {
    magnitude = a.kind == Digits::Kind::kInfinite ? 1 : -1;
  } else if (a.exponent != b.exponent) {
    magnitude = Order(a.exponent, b.exponent);
  } else {
    magnitude = OrderBytes(a.digits, b.digits);
  }
  return a.negative ? -magnitude : magnitude;
}

int OrderIntegerAndDouble(int64_t a, double b) {
  if (std::isnan(b)) return 1;
  // 2^63 is the first double that no int64 reaches; every double below it, cut to an integer, fits.
  constexpr double kLimit = 9223372036854775808.0;
  if (b >= kLimit) return -1;
  if (b < -kLimit) return 1;
  int64_t whole = static_cast<int64_t>(b);
  if (a != whole) return Order(a, whole);
  return Order(0.0, b - static_cast<double>(whole));
}

int64_t Integer(const Value& value) { return value.is(Type::kInt32) ? value.as_int32() : value.as_int64(); }

int OrderNumbers(const Value& a, const Value& b) {
  if (a.is(Type::kDecimal128) || b.is(Type::kDecimal128)) return OrderDigits(ToDigits(a), ToDigits(b));
  bool a_is_double = a.is(Type::kDouble);
  bool b_is_double = b.is(Type::kDouble);
  if (a_is_double && b_is_double) {
    double x = a.as_double(), y = b.as_double();
    if (std::isnan(x) || std::isnan(y)) return Order(!std::isnan(x), !std::isnan(y));
    return Order(x, y);
  }
  if (a_is_double) return -OrderIntegerAndDouble(Integer(b), a.as_double());
  if (b_is_double) return OrderIntegerAndDouble(Integer(a), b.as_double());
  return Order(Integer(a), Integer(b));
}

int OrderDocuments(const std::vector<Member>& a, const std::vector<Member>& b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    int order = Order(GroupOf(a[i].value.type()), GroupOf(b[i].value.type()));
    if (order == 0) order = OrderBytes(a[i].key, b[i].key);
    if (order == 0) order = Compare(a[i].value, b[i].value);
    if (order != 0) return order;
  }
  return Order(a.size(), b.size());
}

int OrderArrays(const std::vector<Value>& a, const std::vector<Value>& b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (int order = Compare(a[i], b[i]); order != 0) return order;
  }
  return Order(a.size(), b.size());
}

int OrderTimestamps(Timestamp a, Timestamp b) {
  int order = Order(a.seconds, b.seconds);
  return order != 0 ? order : Order(a.increment, b.increment);
}

int OrderBinaries(const Binary& a, const Binary& b) {
  int order = Order(a.bytes.size(), b.bytes.size());
  if (order == 0) order = Order(a.subtype, b.subtype);
  return order != 0 ? order : OrderBytes(a.bytes, b.bytes);
}

int OrderRegexes(const Regex& a, const Regex& b) {
  int order = OrderBytes(a.pattern, b.pattern);
  return order != 0 ? order : OrderBytes(a.options, b.options);
}

}  // namespace

bool SameGroup(const Value& a, const Value& b) { return GroupOf(a.type()) == GroupOf(b.type()); }

int Compare(const Value& a, const Value& b) {
  if (int order = Order(GroupOf(a.type()), GroupOf(b.type())); order != 0) return order;
  if (a.is_number()) return OrderNumbers(a, b);
  switch (a.type()) {
    case Type::kString:
      return OrderBytes(a.as_string(), b.as_string());
    case Type::kDocument:
      return OrderDocuments(a.members(), b.members());
    case Type::kArray:
      return OrderArrays(a.items(), b.items());
    case Type::kBinary:
      return OrderBinaries(a.as_binary(), b.as_binary());
    case Type::kObjectId:
      return Order(a.as_object_id().bytes, b.as_object_id().bytes);
    case Type::kBool:
      return Order(a.as_bool(), b.as_bool());
    case Type::kDate:
      return Order(a.as_date().milliseconds, b.as_date().milliseconds);
    case Type::kTimestamp:
      return OrderTimestamps(a.as_timestamp(), b.as_timestamp());
    case Type::kRegex:
      return OrderRegexes(a.as_regex(), b.as_regex());
    default:
      return 0;
  }
}

}  // namespace overlock::ejson
