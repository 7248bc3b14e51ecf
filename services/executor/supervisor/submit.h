// Running an invocation from a coroutine.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SUBMIT_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SUBMIT_H_

#include <memory>
#include <stop_token>

#include "common/async/task.h"
#include "services/executor/supervisor/invocation.h"
#include "services/executor/supervisor/supervisor.h"

namespace overlock::executor {

// Submits the invocation and waits for its answer. It is cancelled when a stop is requested.
Task<Invocation::Answer> Submit(std::shared_ptr<Supervisor> supervisor, InvocationPtr invocation, std::stop_token stop);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SUBMIT_H_
