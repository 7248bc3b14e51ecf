// A worker that is a thread of this process.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_THREAD_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_THREAD_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/executor/supervisor/worker_body.h"

namespace overlock::executor {

// Runs a worker's loop on the calling thread until the channel is closed or the page says stop; takes the descriptor
// over. Gives 0, or another number when the worker was of no use.
using WorkerMain = int (*)(int channel_fd, StatusPage* page);

// Nothing can end a thread from outside. Kill() asks it to end; when it has not after `patience` it is abandoned: it
// goes on for as long as it likes, with its memory and its processor time, and nobody hears from it.
class WorkerThread : public WorkerBody {
 public:
  // UNAVAILABLE (`WORKER_START_FAILED`) if there can be no other thread.
  static absl::StatusOr<StartedWorker> Start(boost::asio::any_io_executor executor, WorkerMain main,
                                             absl::Duration patience);
  ~WorkerThread() override;

  // Threads of this process that were abandoned and have not ended since. From any thread.
  static int abandoned();

  pid_t id() const override;
  const WorkerMeter& meter() const override;
  void AwaitEnd(std::function<void(WorkerExit)> ended) override;
  bool SetNiceness(int niceness) override;
  void Kill() override;
  void Abandon() override;

 private:
  // Shared with the thread, which may outlive this.
  struct Run;

  WorkerThread(boost::asio::any_io_executor executor, absl::Duration patience, std::shared_ptr<Run> run);
  static void RunLoop(std::shared_ptr<Run> run, WorkerMain main, int channel_fd);
  void OnEnded(WorkerExit exit);
  void GiveUp();

  const boost::asio::any_io_executor executor_;
  const absl::Duration patience_;
  const std::shared_ptr<Run> run_;
  boost::asio::steady_timer patience_timer_;
  std::function<void(WorkerExit)> ended_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_THREAD_H_
