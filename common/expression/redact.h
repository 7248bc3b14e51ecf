// Values as a trace may show them. For this library only.
#ifndef OVERLOCK_COMMON_EXPRESSION_REDACT_H_
#define OVERLOCK_COMMON_EXPRESSION_REDACT_H_

#include <string>
#include <string_view>

#include "common/ejson/value.h"
#include "common/expression/trace.h"

namespace overlock::expression {

// The text's beginning, cut between two characters, with `...` where there was more than `bytes_max`.
std::string Bounded(std::string_view text, size_t bytes_max);

// Puts the value into `shown`, without what is secret and without what is too much.
void Show(const ejson::Value& value, const Secrets& secrets, Shown& shown);

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_REDACT_H_
