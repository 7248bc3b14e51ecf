#include "common/expression/program.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"
#include "common/expression/compiler.h"
#include "common/expression/evaluator.h"
#include "common/expression/node.h"
#include "common/expression/trace.h"
#include "common/expression/tracer.h"
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
  return Program(std::make_shared<const Condition>(std::move(condition)), compiler.call_sites(),
                 compiler.names_document());
}

Result Program::Evaluate(const Environment& environment) const { return Evaluator(environment).Evaluate(*condition_); }

Trace Program::Explain(const Environment& environment, const Secrets& secrets) const {
  Tracer tracer(secrets);
  Result result = Evaluator(environment, &tracer).Evaluate(*condition_);
  const bool* value = std::get_if<bool>(&result);
  return std::move(tracer).Finish(value != nullptr && *value);
}

}  // namespace overlock::expression
