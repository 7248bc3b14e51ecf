// What another process uses, from /proc.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_PROCESS_METER_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_PROCESS_METER_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace overlock::executor {

// Keeps the files open, so a reading is one system call. Once the process has ended there are no readings.
class ProcessMeter {
 public:
  explicit ProcessMeter(pid_t pid);
  ~ProcessMeter();
  ProcessMeter(const ProcessMeter&) = delete;
  ProcessMeter& operator=(const ProcessMeter&) = delete;

  // Bytes resident in memory.
  std::optional<int64_t> ResidentBytes() const;
  // Nanoseconds that the process's first thread, which is the one that runs JavaScript, has been on a processor.
  std::optional<int64_t> MainThreadCpuNanos() const;

 private:
  int statm_;
  int schedstat_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_PROCESS_METER_H_
