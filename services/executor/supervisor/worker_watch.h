// What can be seen of a worker's JavaScript from outside.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_WATCH_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_WATCH_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "services/executor/channel/status_page.h"
#include "services/executor/supervisor/options.h"
#include "services/executor/supervisor/worker_meter.h"

namespace overlock::executor {

// A limit that the worker should have held to and has not.
enum class Overrun { kNone, kCpuTime, kRunTime, kMemory };

// Follows one stay in JavaScript after the other: reads the status page and, while it shows one, the process's
// processor time and memory.
class WorkerWatch {
 public:
  struct Limits {
    absl::Duration cpu_time_max;
    int64_t deadline_ns = 0;
    int64_t memory_bytes_max = 0;
    // The memory limits of all applications that the worker has loaded, together.
    int64_t memory_bytes_of_all = 0;
  };

  // `meter` and `options` must outlive it.
  WorkerWatch(const WorkerMeter& meter, const SupervisorOptions& options) : meter_(meter), options_(options) {}

  // Takes the process's memory as it is now for that of a worker without functions.
  void SetBaseline();

  // Reads the page. Returns the invocation that is in JavaScript, or 0.
  uint64_t Look(const StatusPage& page, int64_t now_ns);
  // As the last Look() saw it.
  uint64_t sequence() const { return sequence_; }
  int64_t entered_ns() const { return entered_ns_; }
  // Whether the stay in JavaScript has lasted so long that others should not wait for its end.
  bool busy(int64_t now_ns) const;

  // Whether what is in JavaScript has passed a limit by so much that the worker cannot be trusted to end it.
  Overrun Check(const Limits& limits, int64_t now_ns);
  // The last measured memory beyond that of the baseline, for judging the end of the process.
  int64_t grown_bytes() const { return resident_bytes_ - baseline_bytes_; }

 private:
  void BeginStay(uint64_t sequence, int64_t entered_ns);
  absl::Duration CpuTime(int64_t now_ns) const;

  const WorkerMeter& meter_;
  const SupervisorOptions& options_;
  uint64_t sequence_ = 0;
  int64_t entered_ns_ = 0;
  int64_t baseline_bytes_ = 0;
  int64_t resident_bytes_ = 0;
  // At the first look at this stay.
  int64_t stay_bytes_ = 0;
  std::optional<int64_t> stay_cpu_ns_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_WATCH_H_
