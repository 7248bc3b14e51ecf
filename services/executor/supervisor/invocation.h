// One execution, or compilation, as the supervisor knows it.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_INVOCATION_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_INVOCATION_H_

#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/body/body.h"
#include "common/telemetry/trace.h"
#include "overlock/executor/v1/executor_service.pb.h"
#include "services/executor/supervisor/app_code.h"

namespace overlock::executor {

struct AppState;
class Worker;

// CLOCK_MONOTONIC in nanoseconds: the clock that status pages use.
inline int64_t MonotonicNanos() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Filled by the caller up to the line, then given to Supervisor::Submit and touched on its loop only.
struct Invocation {
  using Answer = absl::StatusOr<v1::ExecuteResponse>;

  std::shared_ptr<const AppCode> code;
  // Its body is empty: that is `body`.
  v1::ExecuteRequest request;
  Body body;
  std::string request_id;
  // What its service calls belong to.
  TraceContext trace;
  std::string tracestate;
  // Set where sources shall be compiled and nothing run: of `request` only the application counts then.
  std::shared_ptr<const v1::CompileRequest> compile;
  // When it must have ended; MonotonicNanos().
  int64_t deadline_ns = 0;
  // Called exactly once, on the supervisor's loop; empty afterwards.
  std::function<void(Answer)> resume;

  // What the worker said of the sources, unchecked; to be read once it is answered.
  v1::CompileResponse compiled;

  // ---- The supervisor's own.
  std::shared_ptr<AppState> app;
  int64_t accepted_ns = 0;
  size_t request_bytes = 0;
  // Where it was sent; null while it waits.
  Worker* worker = nullptr;
  uint64_t sequence = 0;
  // It waits inside the worker for something outside JavaScript.
  bool parked = false;
  // A Cancel frame was sent.
  bool cancelled = false;
  // Once its function has called a service: stops those calls.
  std::optional<std::stop_source> service_calls;
  // The service calls that have ended, for the log: the first of them, and how many there were.
  static constexpr size_t kLoggedCallsMax = 50;
  std::vector<std::string> logged_calls;
  int64_t ended_calls = 0;
  // Its function has not shown yet that it leaves a worker to others: see AppState::proven.
  bool trial = false;

  bool answered() const { return !resume; }
};

using InvocationPtr = std::shared_ptr<Invocation>;

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_INVOCATION_H_
