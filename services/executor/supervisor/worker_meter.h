// What a worker uses of the machine.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_METER_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_METER_H_

#include <cstdint>
#include <optional>

namespace overlock::executor {

// A reading that cannot be had, or no longer, is empty. Readings are taken every few milliseconds.
class WorkerMeter {
 public:
  virtual ~WorkerMeter() = default;
  // Bytes resident in memory that are this worker's alone.
  virtual std::optional<int64_t> ResidentBytes() const = 0;
  // Nanoseconds that the thread which runs JavaScript has been on a processor.
  virtual std::optional<int64_t> JavaScriptCpuNanos() const = 0;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_METER_H_
