// The workers: how many there are, and which one an invocation gets.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_POOL_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_POOL_H_

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <vector>

#include "services/executor/supervisor/options.h"
#include "services/executor/supervisor/spawner.h"
#include "services/executor/supervisor/supervisor_metrics.h"
#include "services/executor/supervisor/worker.h"

namespace overlock::executor {

// `options.workers` general workers are in service; one more is kept warm, and goes into service when all others
// are busy, upon which the next is started. A cordoned application has workers of its own, a quarter of
// `workers_max` at most, which no other application uses.
// Used on the supervisor's loop only.
class Pool {
 public:
  // `options`, `owner` and `metrics` must outlive it.
  Pool(boost::asio::any_io_executor executor, const SupervisorOptions& options, Worker::Owner& owner,
       SupervisorMetrics& metrics);

  // The worker for the invocation now, or null: none is free, or its application has its share.
  Worker* Choose(const Invocation& invocation, int64_t now_ns);

  // Starts what is missing.
  void Resize();
  // Ends what is idle for too long or does not get ready, starts what is missing. Call it now and then.
  void Tidy();
  // Ends an idle worker, if that is what a cordoned application needs to get one. Call it again until it has one.
  void MakeRoomForCordoned(const AppState& app);

  void OnReady(Worker& worker);
  // Takes the worker out.
  std::unique_ptr<Worker> Remove(Worker& worker);
  // Ends all by force; none is started any more.
  void Clear();

  const std::vector<std::unique_ptr<Worker>>& workers() const { return workers_; }
  // Workers that can be sent work.
  int ready() const;
  // So many threads were abandoned that none is started any more. From any thread.
  bool exhausted() const;
  // Whether some are starting, or could not be started and will be tried again.
  bool unsettled() const;
  void Report() const;

 private:
  // How many there are; those that are about to end do not count.
  struct Count {
    int general = 0;
    int general_busy = 0;
    int starting = 0;
    int in_service = 0;
    // In service, and able to take more.
    int serving = 0;
    int cordoned = 0;
  };
  Count CountWorkers() const;
  int GeneralWanted(const Count& count) const;
  // From now on one is kept warm, if as many are in service as there should be.
  void KeepWarm();
  // Whether one more general worker is on its way, or may be started.
  bool CanGrow() const;
  bool StartOne(int64_t now_ns);
  // Starts a process, elsewhere.
  void Spawn();
  void OnStarted(absl::StatusOr<StartedWorker> started);
  // The next start waits for a while: what kept this one from getting ready will probably keep the next.
  void StartFailed(int64_t now_ns);
  // Puts as many workers into service as there should be, or takes idle ones out.
  void AdjustService();
  Worker* ChooseGeneral(const Invocation& invocation);
  // The worker in service that suits best; null if none can take it. `apart` keeps functions that are not proven and
  // other applications' invocations out of one another's workers.
  Worker* BestInService(const Invocation& invocation, bool only_idle, bool apart) const;
  Worker* ChooseCordoned(const Invocation& invocation);
  bool HasAllItsCordoned(const AppState& app) const;
  // One that is kept warm, idle if there is such; null if there is none.
  Worker* Warm() const;
  // A warm one that can take the invocation; null if there is none. `apart`: and has nobody else's.
  Worker* WarmFor(const Invocation& invocation, bool apart) const;

  const boost::asio::any_io_executor executor_;
  const SupervisorOptions& options_;
  Worker::Owner& owner_;
  SupervisorMetrics& metrics_;
  std::vector<std::unique_ptr<Worker>> workers_;
  // Processes on their way of which there is no worker yet.
  int spawning_ = 0;
  // Not at first: the warm one's start would hold up those that are waited for.
  bool keeps_warm_ = false;
  int failed_starts_ = 0;
  int64_t next_start_ns_ = 0;
  // Goes with Clear(): what the spawner brings after that is for nobody.
  std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
  // Null for workers that are threads.
  const std::unique_ptr<Spawner> spawner_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_POOL_H_
