#include "services/executor/supervisor/worker_process.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <utility>

#include "common/status/status.h"
#include "common/telemetry/log.h"

namespace overlock::executor {

using boost::system::error_code;

StartedWorker WorkerProcess::Adopt(boost::asio::any_io_executor executor, SpawnedWorker spawned,
                                   WorkerCgroups* cgroups) {
  StartedWorker started;
  std::unique_ptr<WorkerProcess> process(
      new WorkerProcess(std::move(executor), spawned.TakePid(), std::move(spawned.pidfd)));
  if (cgroups != nullptr) process->Join(*cgroups);
  started.body = std::move(process);
  started.channel = std::move(spawned.channel);
  started.page = std::move(spawned.page);
  return started;
}

// The program has just begun, and has not been sent a function.
void WorkerProcess::Join(WorkerCgroups& cgroups) {
  absl::StatusOr<std::unique_ptr<WorkerCgroup>> group = cgroups.Make();
  absl::Status status = group.status();
  if (status.ok()) status = (*group)->Add(pid_);
  if (status.ok()) {
    cgroup_ = *std::move(group);
  } else {
    log::Warning("a worker has no memory group", {{"worker_pid", pid_}, {"error", status.message()}});
  }
}

void WorkerProcess::SetMemoryMax(int64_t bytes) {
  if (cgroup_ == nullptr || reaped_) return;
  if (absl::Status status = cgroup_->SetMemoryMax(bytes); !status.ok()) {
    log::Warning("a worker's memory group has no limit", {{"worker_pid", pid_}, {"error", status.message()}});
  }
}

WorkerProcess::WorkerProcess(boost::asio::any_io_executor executor, pid_t pid, Fd pidfd)
    : pidfd_(std::move(executor)), pid_(pid), meter_(pid) {
  pidfd_.assign(pidfd.release());
}

WorkerProcess::~WorkerProcess() { Abandon(); }

void WorkerProcess::AwaitEnd(std::function<void(WorkerExit)> ended) {
  pidfd_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                    [this, ended = std::move(ended)](error_code error) mutable {
                      // Where there is an error this may be gone.
                      if (error || reaped_) return;
                      int status = 0;
                      // The descriptor may have become readable as the number of another that was closed.
                      if (waitpid(pid_, &status, WNOHANG) == 0) return AwaitEnd(std::move(ended));
                      reaped_ = true;
                      pidfd_.close(error);
                      WorkerExit exit;
                      if (WIFSIGNALED(status))
                        exit.signal = WTERMSIG(status);
                      else
                        exit.code = WEXITSTATUS(status);
                      exit.out_of_memory = cgroup_ != nullptr && cgroup_->HadOutOfMemoryKill();
                      ended(exit);
                    });
}

bool WorkerProcess::SetNiceness(int niceness) {
  // It has a process group of its own; one process would mean its first thread.
  return !reaped_ && setpriority(PRIO_PGRP, static_cast<id_t>(pid_), niceness) == 0;
}

void WorkerProcess::Kill() {
  if (!reaped_) kill(pid_, SIGKILL);
}

void WorkerProcess::Abandon() {
  if (std::exchange(reaped_, true)) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  error_code error;
  pidfd_.close(error);
}

}  // namespace overlock::executor
