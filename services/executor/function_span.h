// The span of a function's execution (docs/tracing.md).
#ifndef OVERLOCK_SERVICES_EXECUTOR_FUNCTION_SPAN_H_
#define OVERLOCK_SERVICES_EXECUTOR_FUNCTION_SPAN_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/telemetry/span.h"
#include "overlock/executor/v1/executor_service.pb.h"

namespace overlock::executor {

// `call`'s trace is recorded, and becomes the span's own. `target` names what is run: it is in the application.
Span BeginFunctionSpan(std::string_view target, const v1::ExecuteRequest& request, CallContext& call);
// Says how the function ended, and ends the span. What its failure's message says may be anything: it is left out.
void EndFunctionSpan(Span& span, const absl::StatusOr<v1::ExecuteResponse>& response);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_FUNCTION_SPAN_H_
