// Checks authorization expressions as authz will read them.
#ifndef OVERLOCK_SERVICES_CONFIG_EXPRESSION_CHECK_H_
#define OVERLOCK_SERVICES_CONFIG_EXPRESSION_CHECK_H_

#include <string_view>

#include "absl/status/status.h"

namespace overlock::config {

// An ExpressionChecker over common/expression.
absl::Status CheckExpression(std::string_view json);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_EXPRESSION_CHECK_H_
