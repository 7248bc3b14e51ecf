#include "common/expression/program.h"

#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"
#include "common/expression/compiler.h"
#include "common/expression/evaluator.h"
#include "common/expression/node.h"
#include "common/status/status.h"

namespace overlock::expression {

absl::StatusOr<Program> Program::Parse(std::string_view json, Place place) {
  absl::StatusOr<ejson::Value> value = ejson::Parse(json, {.depth_max = kDepthMax, .text_bytes_max = kTextBytesMax});
  if (!value.ok()) {
    return Error(absl::StatusCode::kInvalidArgument, "EXPRESSION_INVALID",
                 absl::StrCat("expression: ", value.status().message()));
  }
  Compiler compiler(place);
  OVERLOCK_ASSIGN_OR_RETURN(Condition condition, compiler.Compile(*value));
  return Program(std::make_shared<const Condition>(std::move(condition)), compiler.call_sites());
}

Result Program::Evaluate(const Environment& environment) const { return Evaluator(environment).Evaluate(*condition_); }

}  // namespace overlock::expression
