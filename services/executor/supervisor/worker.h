// A worker as the supervisor schedules it: what was sent to it and what it does.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_H_

#include <boost/asio/any_io_executor.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/executor/channel/status_page.h"
#include "services/executor/supervisor/app_state.h"
#include "services/executor/supervisor/invocation.h"
#include "services/executor/supervisor/options.h"
#include "services/executor/supervisor/worker_end.h"
#include "services/executor/supervisor/worker_heaps.h"
#include "services/executor/supervisor/worker_link.h"
#include "services/executor/supervisor/worker_priority.h"
#include "services/executor/supervisor/worker_watch.h"

namespace overlock::executor {

// Used on the supervisor's loop only.
class Worker : private WorkerLink::Listener {
 public:
  // Called on the loop.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void OnReady(Worker& worker) = 0;
    // The invocation is no longer the worker's. It may have been answered before.
    virtual void OnDone(Worker& worker, const InvocationPtr& invocation, v1::ExecuteResponse response) = 0;
    // A function of an invocation that has begun calls a service. Nothing of the call is checked.
    virtual void OnServiceCall(const InvocationPtr& invocation, worker::v1::ServiceCall call) = 0;
    // The next invocation of an application starts cold here.
    virtual void OnIsolateDropped(worker::v1::IsolateDropped::Cause cause) = 0;
    // It has ended, or was abandoned. The last call; the worker may be destroyed in it.
    virtual void OnExit(Worker& worker, WorkerExit exit) = 0;
  };

  enum class Stage { kStarting, kReady, kDoomed };

  // `options` and `owner` must outlive it.
  static std::unique_ptr<Worker> Make(boost::asio::any_io_executor executor, const SupervisorOptions& options,
                                      Owner& owner, StartedWorker started);
  // Ends it by force.
  ~Worker() override;

  // The number of its process or thread.
  pid_t pid() const { return link_->id(); }
  Stage stage() const { return stage_; }
  Doom doom() const { return doom_; }
  int64_t started_ns() const { return started_ns_; }
  bool was_ready() const { return idle_since_ns_ != 0; }
  // When its last invocation ended, or it got ready.
  int64_t idle_since_ns() const { return idle_since_ns_; }
  // When it last said something, or got its only work.
  int64_t heard_ns() const { return heard_ns_; }
  bool idle() const { return in_flight_.empty(); }
  // Invocations that it has and that do not wait for something outside JavaScript.
  int load() const { return static_cast<int>(in_flight_.size()) - parked_; }
  bool HasLoaded(const AppCode& code) const;
  // Whether it has an invocation of the application that does not wait for something outside JavaScript.
  bool HasAtWork(const AppState& app) const;
  // Whether it has an invocation of another application.
  bool HasOthers(const AppState& app) const;
  // Whether it has one of another application whose function is not proven.
  bool HasTrialOfOthers(const AppState& app) const;
  // The memory limits of all applications loaded, together; an application counts once.
  int64_t loaded_memory_bytes() const;

  // Whether there is room for one more.
  bool CanTake(const Invocation& invocation) const;
  // Sends it, and its application before it if the worker does not have it.
  void Send(const InvocationPtr& invocation, int64_t now_ns);
  // Sends a message about an invocation that it has.
  void Send(const worker::v1::ToWorker& message);
  // Bytes that it has not read yet.
  size_t unsent_bytes() const { return link_->unsent_bytes(); }
  // Asks the worker to end it; once.
  void Cancel(Invocation& invocation);
  // True if the worker had not begun it and now never will: it is no longer the worker's.
  bool TakeBack(const InvocationPtr& invocation);
  // All that it has not begun, in order.
  std::vector<InvocationPtr> TakeBackUnbegun();
  // Forgets revisions of the application, but for the last `keep` that were loaded.
  void Unload(std::string_view app_id, size_t keep);

  // Reads the status page; see WorkerWatch.
  WorkerWatch& watch() { return watch_; }
  uint64_t Look(int64_t now_ns) {
    link_->TakeSaid();
    return watch_.Look(link_->page(), now_ns);
  }
  // See WorkerHeaps.
  Heaps ReadHeaps() const { return WorkerHeaps::Read(link_->page()); }
  ColdStarts TakeColdStarts() { return heaps_.TakeColdStarts(link_->page()); }
  // Null if the worker does not have it.
  InvocationPtr Find(uint64_t sequence) const;
  std::vector<InvocationPtr> InFlight() const;

  // False if the kernel does not allow it.
  bool SetPriority(WorkerPriority priority);
  WorkerPriority priority() const { return priority_; }
  // It is a thread that went where a process would have crashed.
  bool crashed() const { return link_->page().crashed.load(std::memory_order_acquire); }
  void Kill(Doom doom);

  // What it leaves when it has ended.
  struct Remains {
    // What was in JavaScript; may be null.
    InvocationPtr culprit;
    // What had begun beside it.
    std::vector<InvocationPtr> begun;
    // What it never began, in order.
    std::vector<InvocationPtr> unbegun;
  };
  Remains TakeRemains();

  // ---- The pool's.
  // Takes work as it comes; otherwise it is kept warm.
  bool in_service = false;
  // The application that alone uses it; empty for none.
  std::string cordoned_for;
  // It gets no more work, because its priority stays low.
  bool retires = false;
  // ---- The supervisor's.
  // The application in whose JavaScript it has been for too long; null if it is not busy.
  std::shared_ptr<AppState> busy_with;

 private:
  struct Loaded {
    std::shared_ptr<const AppCode> code;
    // The sequence that last used it.
    uint64_t used;
  };

  Worker(const SupervisorOptions& options, Owner& owner, std::shared_ptr<WorkerLink> link);
  void OnMessage(worker::v1::FromWorker& message) override;
  void OnExit(WorkerExit exit) override;
  void OnDone(worker::v1::Done& done);
  void OnServiceCall(worker::v1::ServiceCall& call);
  void Load(const std::shared_ptr<const AppCode>& code);
  void MakeRoomFor(const AppCode& code);
  void LimitMemory();
  bool Revoke(const Invocation& invocation);
  bool Began(const Invocation& invocation) const;
  void Forget(Invocation& invocation);

  const SupervisorOptions& options_;
  Owner& owner_;
  const std::shared_ptr<WorkerLink> link_;
  WorkerWatch watch_;
  WorkerHeaps heaps_;
  Stage stage_ = Stage::kStarting;
  Doom doom_ = Doom::kNone;
  WorkerPriority priority_ = WorkerPriority::kNormal;
  // What was in JavaScript when it was ended for a limit; 0 otherwise.
  uint64_t doomed_sequence_ = 0;
  const int64_t started_ns_;
  int64_t idle_since_ns_ = 0;
  int64_t heard_ns_ = 0;
  uint64_t next_sequence_ = 1;
  int parked_ = 0;
  int trials_ = 0;
  absl::flat_hash_map<uint64_t, InvocationPtr> in_flight_;
  // Which sequence each claim slot was last used for.
  std::array<uint64_t, kClaimSlots> slot_sequence_{};
  std::vector<Loaded> loaded_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_H_
