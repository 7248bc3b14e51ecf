// Why a worker ended, and what that means for the function that was running in it.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_END_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_END_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "overlock/executor/v1/executor_service.pb.h"
#include "services/executor/supervisor/worker_body.h"

namespace overlock::executor {

// Why the supervisor ended a worker.
enum class Doom {
  // It did not.
  kNone,
  // Its function passed a limit and the worker had not ended it.
  kCpuTime,
  kRunTime,
  kMemory,
  // A thread of it went where a process would have crashed.
  kCrash,
  // It has work and does nothing.
  kSilent,
  // It runs an invocation that it was not given.
  kProtocol,
  // It was not ready in time.
  kStart,
  // It had nothing to do.
  kIdle,
};

struct WorkerEnd {
  // For the metric and the log: `memory_limit`, `crash`, ...
  std::string_view cause;
  // What is said to the caller of the function that was in JavaScript.
  v1::Failure::Kind kind = v1::Failure::KIND_WORKER_LOST;
  std::string message;
  // Whether that function ended the worker, so that its application is set apart.
  bool blame = false;
};

// The kernel's word for want of memory counts as well. `grown_beyond_limit`: when last measured the worker had more
// memory than the function's limit allows.
WorkerEnd JudgeEnd(Doom doom, WorkerExit exit, bool grown_beyond_limit, int64_t memory_bytes_max);

// The failure of a function that ran out of its time (spec section 9.7).
v1::Failure RunTimeFailure();
// The failure of what had begun in a worker that ended, and was not what ended it.
v1::Failure LostFailure();

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_END_H_
