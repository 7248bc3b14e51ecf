// The log lines of an invocation.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_INVOCATION_LOG_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_INVOCATION_LOG_H_

#include "services/executor/supervisor/invocation.h"

namespace overlock::executor {

// Writes what the function wrote to its console, which services it called and how long each call took, and why it
// failed if it did. Never arguments, bodies or answers.
void LogAnswer(const Invocation& invocation, const v1::ExecuteResponse& response);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_INVOCATION_LOG_H_
