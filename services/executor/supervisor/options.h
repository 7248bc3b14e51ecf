// What can be set of the supervisor.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_OPTIONS_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace overlock::executor {

// The module fills it from flags; tests shorten the times.
struct SupervisorOptions {
  // The program of the workers.
  std::string worker_binary;
  // Workers in service when nothing is busy. At least 1.
  int workers = 1;
  // Workers of all kinds together. At least `workers` + 1.
  int workers_max = 8;
  // Invocations of one application that may wait here; beyond it APP_OVER_SHARE.
  int app_queue_items_max = 1'000;
  // Invocations that may wait here altogether, and the bytes of their requests; beyond either EXECUTOR_FULL.
  int queue_items_max = 10'000;
  int64_t queue_bytes_max = 512 << 20;

  // A worker that has been in JavaScript for longer gets no new work.
  absl::Duration busy_after = absl::Milliseconds(20);
  // How often the status pages are read while there is work.
  absl::Duration look_every = absl::Milliseconds(5);
  // A worker that has not held to a time limit by itself is killed this long after it.
  absl::Duration grace = absl::Milliseconds(250);
  // Resident memory beyond the memory limit that a worker may have before it is killed.
  int64_t memory_headroom_bytes = 128 << 20;
  // A worker that has work, is not in JavaScript and says nothing is killed after this.
  absl::Duration silence_max = absl::Seconds(5);
  // A worker beyond those that are wanted ends after it has had nothing to do for this long.
  absl::Duration spare_idle_max = absl::Seconds(30);
  // How long an application whose function ended a worker has a worker of its own.
  absl::Duration cordon = absl::Minutes(10);
  // A worker that is not ready by then is killed.
  absl::Duration start_max = absl::Seconds(15);
  // The wait before another start after one that failed; doubles up to 5 s.
  absl::Duration restart_backoff = absl::Milliseconds(100);
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_OPTIONS_H_
