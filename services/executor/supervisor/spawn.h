// Starting a worker program.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SPAWN_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SPAWN_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "services/executor/channel/status_page.h"

namespace overlock::executor {

// Closes its file descriptor when it goes.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }
  int release();

 private:
  int fd_;
};

// Kills and reaps the process when it goes, unless `pid` was taken.
struct SpawnedWorker {
  SpawnedWorker() = default;
  SpawnedWorker(SpawnedWorker&& other) noexcept = default;
  SpawnedWorker& operator=(SpawnedWorker&& other) = delete;
  ~SpawnedWorker();
  pid_t TakePid() { return std::exchange(pid.value, -1); }

  // Names nothing once it was moved from.
  struct Pid {
    Pid() = default;
    Pid(Pid&& other) noexcept : value(std::exchange(other.value, -1)) {}
    pid_t value = -1;
  };
  Pid pid;
  // Becomes readable when the process has ended.
  Fd pidfd;
  // Our end of the channel, non-blocking.
  Fd channel;
  // Mapped in both processes. The worker can write what it likes there.
  std::shared_ptr<StatusPage> page;
};

// Starts `binary` with the channel as descriptor 3, the status page as descriptor 4, our standard error, no other
// descriptor, an empty environment and a process group of its own, so that Ctrl-C reaches us and not the workers.
// UNAVAILABLE (`WORKER_START_FAILED`) if it cannot be started.
absl::StatusOr<SpawnedWorker> SpawnWorker(const std::string& binary);

// The file `name` in the directory of the running program.
std::string BesideThisProgram(const std::string& name);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SPAWN_H_
