// Gives invocations to worker processes and holds the limits that a worker cannot hold itself.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SUPERVISOR_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SUPERVISOR_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/telemetry/metrics.h"
#include "services/executor/supervisor/pool.h"
#include "services/executor/supervisor/service_calls.h"
#include "services/executor/supervisor/waiting_invocations.h"

namespace overlock::executor {

// Lives on one event loop; the public methods may be called from any thread and hop there. What waits is bounded,
// what runs is watched. An invocation that has begun is never run a second time, one that has not is never lost.
class Supervisor : public std::enable_shared_from_this<Supervisor>, private Worker::Owner {
 public:
  // `metrics` must outlive it. Without `actions` functions have no services.
  static std::shared_ptr<Supervisor> Make(boost::asio::any_io_executor executor, SupervisorOptions options,
                                          Metrics& metrics, std::shared_ptr<ServiceActions> actions = nullptr);
  // Workers that are left are ended.
  ~Supervisor() override = default;

  // Starts the workers.
  void Start();
  // Runs the invocation; it is answered in every case.
  void Submit(InvocationPtr invocation);
  // Nobody waits for the answer any more.
  void Cancel(InvocationPtr invocation);
  // The applications have a new revision, or are gone: ends their cordons, and workers forget old revisions.
  void AppsChanged(std::vector<std::string> changed, std::vector<std::string> removed);

  // At least one worker can take work, and more can be started.
  bool ready() const { return ready_workers_.load(std::memory_order_relaxed) > 0 && !exhausted(); }
  // Too many threads were abandoned. Only a new process helps.
  bool exhausted() const { return pool_.exhausted(); }
  // Invocations that are not answered yet.
  int outstanding() const { return outstanding_.load(std::memory_order_relaxed); }
  // The workers' processes or threads, for tests; call it on the loop.
  std::vector<pid_t> WorkerPidsForTesting() const;

  // Answers what is left, ends all workers. Call it on the loop, or when the loop does not run any more.
  void StopOnLoop();

 private:
  Supervisor(boost::asio::any_io_executor executor, SupervisorOptions options, Metrics& metrics,
             std::shared_ptr<ServiceActions> actions);

  void OnReady(Worker& worker) override;
  void OnDone(Worker& worker, const InvocationPtr& invocation, v1::ExecuteResponse response) override;
  void OnServiceCall(const InvocationPtr& invocation, worker::v1::ServiceCall call) override;
  void OnIsolateDropped(worker::v1::IsolateDropped::Cause cause) override { metrics_.IsolateDropped(cause); }
  void OnExit(Worker& worker, WorkerExit exit) override;

  void Accept(InvocationPtr invocation);
  void CancelOnLoop(const InvocationPtr& invocation);
  void ForgetApps(const std::vector<std::string>& changed, const std::vector<std::string>& removed);
  bool TrySend(const InvocationPtr& invocation, int64_t now_ns);
  // Sends what can be sent of what waits, and sees to it that there are enough workers.
  void SendWaiting();
  void Finish(const InvocationPtr& invocation, Invocation::Answer answer);
  void FinishWithFailure(const InvocationPtr& invocation, v1::Failure failure);

  void ArmLook();
  void Look();
  void LookAt(Worker& worker, int64_t now_ns);
  void CheckDeadlines(Worker& worker, int64_t now_ns);
  bool IsProven(const Invocation& invocation) const;
  void KeepApart(Worker& worker, AppState& app, int64_t now_ns);
  void SetBusy(Worker& worker, std::shared_ptr<AppState> app);
  void ClearBusy(Worker& worker);
  void LowerPriority(Worker& worker, absl::Duration stay);
  void PutBack(const std::vector<InvocationPtr>& invocations);
  void End(Worker& worker, Doom doom);
  void Blame(const InvocationPtr& culprit, const WorkerEnd& end);
  void ArmTidy();

  const boost::asio::any_io_executor executor_;
  const SupervisorOptions options_;
  SupervisorMetrics metrics_;
  const std::shared_ptr<ServiceCalls> service_calls_;
  Pool pool_;
  WaitingInvocations waiting_;
  absl::flat_hash_map<std::string, std::shared_ptr<AppState>> apps_;
  boost::asio::steady_timer look_timer_;
  boost::asio::steady_timer tidy_timer_;
  const bool may_raise_priority_ = MayRaisePriority();
  bool look_armed_ = false;
  bool stopped_ = false;
  int64_t looks_ = 0;
  std::atomic<int> outstanding_{0};
  std::atomic<int> ready_workers_{0};
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SUPERVISOR_H_
