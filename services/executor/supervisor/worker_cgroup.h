// Groups of the kernel (cgroup v2) that hold worker processes to a limit of memory.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_CGROUP_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_CGROUP_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace overlock::executor {

// The group of one worker. Beyond its limit the kernel takes back what it can, and then ends the process.
class WorkerCgroup {
 public:
  explicit WorkerCgroup(std::string directory) : directory_(std::move(directory)) {}
  // Removes the group, from which the process must have gone.
  ~WorkerCgroup();
  WorkerCgroup(const WorkerCgroup&) = delete;
  WorkerCgroup& operator=(const WorkerCgroup&) = delete;

  // Memory of all kinds that the kernel counts, and no swap space.
  absl::Status SetMemoryMax(int64_t bytes);
  // Moves the process, all threads of it. What it had before still counts where it was.
  absl::Status Add(pid_t pid);
  // Whether the kernel ended a process of the group because of the limit.
  bool HadOutOfMemoryKill() const;

 private:
  const std::string directory_;
};

// Makes such groups below the group of this process. Used on one thread.
class WorkerCgroups {
 public:
  // Where the kernel shows the groups, and the path of this process's own below that.
  struct Place {
    std::string mount = "/sys/fs/cgroup";
    std::string own_path;
  };
  // FAILED_PRECONDITION (`NO_CGROUP`) when this process has none of version 2.
  static absl::StatusOr<Place> FindPlace();

  // Moves this process, which must be alone in its group, into a group `main` below it, because only groups without
  // processes may be divided. FAILED_PRECONDITION (`NO_CGROUP`) with the reason, and nothing is changed, where the
  // group has no memory controller, is not ours to write or holds other processes.
  static absl::StatusOr<std::shared_ptr<WorkerCgroups>> Open(const Place& place);

  absl::StatusOr<std::unique_ptr<WorkerCgroup>> Make();

 private:
  explicit WorkerCgroups(std::string directory) : directory_(std::move(directory)) {}

  const std::string directory_;
  int64_t made_ = 0;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_CGROUP_H_
