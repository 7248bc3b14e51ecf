// Checks authorization expressions as authz will read them.
#ifndef OVERLOCK_SERVICES_CONFIG_EXPRESSION_CHECK_H_
#define OVERLOCK_SERVICES_CONFIG_EXPRESSION_CHECK_H_

#include <string_view>

#include "absl/status/status.h"
#include "services/config/app_parser.h"

namespace overlock::config {

// An ExpressionChecker over common/expression.
absl::Status CheckExpression(std::string_view json, ExpressionUse use);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_EXPRESSION_CHECK_H_
