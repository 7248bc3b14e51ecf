#include "services/config/expression_check.h"

#include "common/expression/program.h"

namespace overlock::config {

absl::Status CheckExpression(std::string_view json) { return expression::Program::Parse(json).status(); }

}  // namespace overlock::config
