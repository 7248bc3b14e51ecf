// The span of a service call (docs/tracing.md).
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_CALL_SPAN_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_CALL_SPAN_H_

#include "common/telemetry/span.h"
#include "services/executor/actions/service_actions.h"

namespace overlock::executor {

// Begins it, if the call's trace is recorded; `call.context.trace` becomes its own. An operation on documents has the
// attributes of a database's client, any other call its service's type and action.
Span BeginCallSpan(const ServiceActions& actions, ServiceCall& call);
// Says how the call ended, and ends the span. What a failure's message says is the function's, not the trace's.
void EndCallSpan(Span& span, const ServiceOutcome& outcome);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_CALL_SPAN_H_
