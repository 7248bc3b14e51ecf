// What can be set of the supervisor.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_OPTIONS_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "services/executor/supervisor/worker_cgroup.h"
#include "services/executor/supervisor/worker_thread.h"

namespace overlock::executor {

// The module fills it from flags; tests shorten the times.
struct SupervisorOptions {
  // Workers are processes that run this program,
  std::string worker_binary;
  // each in a group of its own that limits its memory, if there are such groups,
  std::shared_ptr<WorkerCgroups> cgroups;
  // or, when this is set, threads of this process that run this.
  WorkerMain worker_main = nullptr;
  // Workers in service when nothing is busy. At least 1.
  int workers = 1;
  // Workers of all kinds together. At least `workers` + 1.
  int workers_max = 8;
  // Invocations of one application that may wait here; beyond it APP_OVER_SHARE.
  int app_queue_items_max = 1'000;
  // Invocations that may wait here altogether, and the bytes of their requests; beyond either EXECUTOR_FULL.
  int queue_items_max = 10'000;
  int64_t queue_bytes_max = 512 << 20;

  // Service calls of one application under way, and the bytes of what they ask; beyond either a call fails.
  int app_service_calls_max = 2'000;
  int64_t app_service_call_bytes_max = 256 << 20;

  // A worker that has been in JavaScript for longer gets no new work.
  absl::Duration busy_after = absl::Milliseconds(20);
  // An application whose function has kept others' waiting for so long shares a worker with them only where there is no
  // other way, for `cordon`.
  absl::Duration held_up_max = absl::Milliseconds(200);
  // How often the status pages are read while there is work.
  absl::Duration look_every = absl::Milliseconds(5);
  // A worker that has not held to a time limit by itself is killed this long after it.
  absl::Duration grace = absl::Milliseconds(250);
  // Resident memory beyond the memory limit that a worker may have before it is killed.
  int64_t memory_headroom_bytes = 128 << 20;
  // A worker that has work, is not in JavaScript and says nothing is killed after this.
  absl::Duration silence_max = absl::Seconds(5);
  // What the applications of one worker may keep in memory while nothing of theirs runs.
  int64_t isolate_memory_bytes_max = 256 << 20;
  // A worker beyond those that are wanted ends after it has had nothing to do for this long.
  absl::Duration spare_idle_max = absl::Seconds(30);
  // How long an application whose function ended a worker has a worker of its own.
  absl::Duration cordon = absl::Minutes(10);
  // A worker that is not ready by then is killed.
  absl::Duration start_max = absl::Seconds(15);
  // A worker that is a thread and was told to end is abandoned when it has not after this.
  absl::Duration thread_patience = absl::Milliseconds(500);
  // With so many abandoned threads that still run there are no new ones, and the supervisor is not ready.
  int abandoned_threads_max = 8;
  // The wait before another start after one that failed; doubles up to 5 s.
  absl::Duration restart_backoff = absl::Milliseconds(100);
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_OPTIONS_H_
