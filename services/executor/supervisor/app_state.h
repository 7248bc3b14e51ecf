// What the supervisor remembers of an application.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_APP_STATE_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_APP_STATE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "services/executor/supervisor/invocation.h"

namespace overlock::executor {

struct AppState {
  explicit AppState(std::string app_id) : app_id(std::move(app_id)) {}

  const std::string app_id;
  // What waits to be sent; filled by WaitingInvocations.
  std::deque<InvocationPtr> waiting;
  // Workers that have been in this application's JavaScript for longer than SupervisorOptions::busy_after.
  int busy_workers = 0;
  // The functions, by TargetKey(), whose last invocation came to its end without keeping a worker busy. Any other may
  // be an endless loop: it is kept away from workers in which other applications' invocations wait, because a loop
  // would hold those up, and its end would end them.
  absl::flat_hash_set<std::string> proven;
  // Until then (MonotonicNanos()) none of them counts as proven: one that was had held up others for long.
  int64_t distrusted_until_ns = 0;
  // Service calls under way, and the bytes of what was asked.
  int service_calls = 0;
  int64_t service_call_bytes = 0;
  // Until then (MonotonicNanos()) it runs in a worker of its own.
  int64_t cordoned_until_ns = 0;

  bool cordoned(int64_t now_ns) const { return now_ns < cordoned_until_ns; }
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_APP_STATE_H_
