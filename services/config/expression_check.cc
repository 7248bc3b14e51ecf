#include "services/config/expression_check.h"

#include "common/expression/program.h"

namespace overlock::config {

absl::Status CheckExpression(std::string_view json, ExpressionUse use) {
  const bool in_rule = use == ExpressionUse::kServiceRule;
  return expression::Program::Parse(json, in_rule ? expression::Place::kServiceRule : expression::Place::kWebhook)
      .status();
}

}  // namespace overlock::config
