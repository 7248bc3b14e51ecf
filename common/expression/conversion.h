// `%stringToOid` and its like. For this library only.
#ifndef OVERLOCK_COMMON_EXPRESSION_CONVERSION_H_
#define OVERLOCK_COMMON_EXPRESSION_CONVERSION_H_

#include <optional>
#include <string_view>

#include "common/ejson/value.h"
#include "common/expression/node.h"

namespace overlock::expression {

// Applies a conversion; empty if the value is not what it wants. A Stitch UUID is a binary of subtype 4.
std::optional<ejson::Value> Convert(Operand::Kind conversion, const ejson::Value& value);

// As an operator: `%stringToOid`.
std::string_view NameOf(Operand::Kind conversion);

// What the conversion wants, for messages.
std::string_view WantedBy(Operand::Kind conversion);

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_CONVERSION_H_
