// The operators of expressions (spec section 10.3). For this library only.
#ifndef OVERLOCK_COMMON_EXPRESSION_OPERATORS_H_
#define OVERLOCK_COMMON_EXPRESSION_OPERATORS_H_

#include <optional>
#include <string>
#include <string_view>

#include "common/ejson/value.h"

namespace overlock::expression {

enum class Operator {
  kEq,
  kNe,
  kGt,
  kGte,
  kLt,
  kLte,
  kIn,
  kNin,
  kExists,
  // MongoDB's others.
  kAll,
  kSize,
  kElemMatch,
  kType,
  kMod,
  kRegex,
  kOptions,
  kBitsAllSet,
  kBitsAllClear,
  kBitsAnySet,
  kBitsAnyClear,
  kAnd,
  kOr,
  kNor,
  kNot,
  kFunction,
  kStringToOid,
  kOidToString,
  kStringToUuid,
  kUuidToString,
};

// Whether a key is written as an operator: `%name` or `$name`.
bool LooksLikeOperator(std::string_view key);

// The operator that the key names; empty if there is none.
std::optional<Operator> FindOperator(std::string_view key);

// `%and`, `%or`, `%nor`, `%not`.
bool IsLogic(Operator op);
// Whether the operator makes a value: `%function` and the conversions.
bool MakesValue(Operator op);

// All operators' names, for messages.
std::string OperatorNames();

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_OPERATORS_H_
