// A worker that is a process.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_PROCESS_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_PROCESS_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>

#include "services/executor/supervisor/process_meter.h"
#include "services/executor/supervisor/spawn.h"
#include "services/executor/supervisor/worker_body.h"
#include "services/executor/supervisor/worker_cgroup.h"

namespace overlock::executor {

// Reaps the process when it has ended, and kills it with SIGKILL.
class WorkerProcess : public WorkerBody {
 public:
  // `cgroups`, if there is one, gives the process a group of its own; where that fails the process goes without.
  static StartedWorker Adopt(boost::asio::any_io_executor executor, SpawnedWorker spawned, WorkerCgroups* cgroups);
  ~WorkerProcess() override;

  pid_t id() const override { return pid_; }
  const WorkerMeter& meter() const override { return meter_; }
  void AwaitEnd(std::function<void(WorkerExit)> ended) override;
  void SetMemoryMax(int64_t bytes) override;
  bool SetNiceness(int niceness) override;
  void Kill() override;
  void Abandon() override;

 private:
  WorkerProcess(boost::asio::any_io_executor executor, pid_t pid, Fd pidfd);
  void Join(WorkerCgroups& cgroups);

  boost::asio::posix::stream_descriptor pidfd_;
  const pid_t pid_;
  const ProcessMeter meter_;
  std::unique_ptr<WorkerCgroup> cgroup_;
  bool reaped_ = false;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_PROCESS_H_
