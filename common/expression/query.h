// MongoDB's query operators that look at one value: $type, $mod, $regex, $bits... For this library only.
#ifndef OVERLOCK_COMMON_EXPRESSION_QUERY_H_
#define OVERLOCK_COMMON_EXPRESSION_QUERY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "common/ejson/value.h"

namespace re2 {
class RE2;
}

namespace overlock::expression {

// What one of them wants of a value; only the part that its operator has is used.
struct Query {
  // A bit for each Value::Type.
  uint32_t types = 0;
  int64_t divisor = 1;
  int64_t remainder = 0;
  // The bits that count, whether they must be set, and whether all of them must or one.
  uint64_t mask = 0;
  bool set = true;
  bool all = true;
  std::shared_ptr<const re2::RE2> regex;
};

constexpr uint32_t BitOf(ejson::Value::Type type) { return uint32_t{1} << static_cast<int>(type); }

// The types that BSON's name or number stands for (`string`, `number`, 2); 0 if there is none.
uint32_t TypesNamed(std::string_view name);
uint32_t TypesNumbered(int64_t number);

// The number without its fraction; empty for NaN, for what an int64 does not hold, and for what is no number.
std::optional<int64_t> WholeOf(const ejson::Value& value);

// Whether the field's value, or one of its items if it is an array, is as wanted.
bool MatchesType(const ejson::Value& field, const Query& query);
bool MatchesModulo(const ejson::Value& field, const Query& query);
bool MatchesRegex(const ejson::Value& field, const Query& query);
bool MatchesBits(const ejson::Value& field, const Query& query);

// The same of a field that is a string.
bool MatchesType(std::string_view field, const Query& query);
bool MatchesRegex(std::string_view field, const Query& query);
inline bool MatchesModulo(std::string_view, const Query&) { return false; }
inline bool MatchesBits(std::string_view, const Query&) { return false; }

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_QUERY_H_
