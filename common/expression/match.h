// How values are compared in expressions. For this library only.
#ifndef OVERLOCK_COMMON_EXPRESSION_MATCH_H_
#define OVERLOCK_COMMON_EXPRESSION_MATCH_H_

#include <span>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "common/ejson/value.h"
#include "common/expression/node.h"

namespace overlock::expression {

// Whether the field's value, or one of its items if it is an array, is equal to `value`. Two strings of the same length
// take the same time whether they are equal or not: expressions compare headers with secrets.
bool MatchesEqual(const ejson::Value& field, const ejson::Value& value);

// The same of a field that is a string.
bool MatchesEqual(std::string_view field, const ejson::Value& value);

// The same for kGreater, kGreaterOrEqual, kLess, kLessOrEqual.
bool MatchesOrder(Predicate::Kind kind, const ejson::Value& field, const ejson::Value& value);
bool MatchesOrder(Predicate::Kind kind, std::string_view field, const ejson::Value& value);

// Walks a path and calls `visit(const ejson::Value&)` with each value at its end until it returns true; returns whether
// it did. The path goes through documents by name, and into arrays by number or into each of their documents by name.
template <class Visit>
bool AnyAlong(const ejson::Value& value, std::span<const std::string> path, const Visit& visit) {
  if (path.empty()) return visit(value);
  if (value.is(ejson::Value::Type::kDocument)) {
    const ejson::Value* member = value.Find(path.front());
    return member != nullptr && AnyAlong(*member, path.subspan(1), visit);
  }
  if (!value.is(ejson::Value::Type::kArray)) return false;
  size_t index = 0;
  if (absl::SimpleAtoi(path.front(), &index)) {
    return index < value.items().size() && AnyAlong(value.items()[index], path.subspan(1), visit);
  }
  for (const ejson::Value& item : value.items()) {
    if (item.is(ejson::Value::Type::kDocument) && AnyAlong(item, path, visit)) return true;
  }
  return false;
}

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_MATCH_H_
