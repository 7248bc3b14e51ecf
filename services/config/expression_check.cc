#include "services/config/expression_check.h"

#include "common/expression/program.h"

namespace overlock::config {

absl::Status CheckExpression(std::string_view json, ExpressionUse use) {
  switch (use) {
    case ExpressionUse::kServiceRule:
      return expression::Program::Parse(json, expression::Place::kServiceRule).status();
    case ExpressionUse::kDocumentRule:
      return expression::Program::Parse(json, expression::Place::kDocumentRule).status();
    case ExpressionUse::kCanEvaluate:
      break;
  }
  return expression::Program::Parse(json, expression::Place::kWebhook).status();
}

}  // namespace overlock::config
