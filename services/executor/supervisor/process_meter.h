// What another process uses, from /proc.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_PROCESS_METER_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_PROCESS_METER_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "services/executor/supervisor/worker_meter.h"

namespace overlock::executor {

// Keeps the files open, so a reading is one system call. Once the process has ended there are no readings.
class ProcessMeter : public WorkerMeter {
 public:
  explicit ProcessMeter(pid_t pid);
  ~ProcessMeter() override;
  ProcessMeter(const ProcessMeter&) = delete;
  ProcessMeter& operator=(const ProcessMeter&) = delete;

  std::optional<int64_t> ResidentBytes() const override;
  // Of the process's first thread, which is the one that runs JavaScript.
  std::optional<int64_t> JavaScriptCpuNanos() const override;

 private:
  int statm_;
  int schedstat_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_PROCESS_METER_H_
