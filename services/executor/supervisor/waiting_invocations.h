// The invocations that no worker has.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WAITING_INVOCATIONS_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WAITING_INVOCATIONS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "services/executor/supervisor/app_state.h"
#include "services/executor/supervisor/options.h"

namespace overlock::executor {

// A bounded queue for each application; they take turns.
class WaitingInvocations {
 public:
  // `options` must outlive it.
  explicit WaitingInvocations(const SupervisorOptions& options) : options_(options) {}

  int items() const { return items_; }

  // Puts it at the end of its application's queue. RESOURCE_EXHAUSTED (`APP_OVER_SHARE`) if that is full,
  // UNAVAILABLE (`EXECUTOR_FULL`) if all of them together are.
  absl::Status Push(InvocationPtr invocation);
  // Puts back, before what waits, invocations that were sent and have not begun; in the order of their sequences.
  // Never refuses: they were accepted once.
  void PutBack(const std::vector<InvocationPtr>& invocations);
  // False if it does not wait here.
  bool Remove(const InvocationPtr& invocation);
  // Removes and returns those whose deadline has passed.
  std::vector<InvocationPtr> TakeOverdue(int64_t now_ns);
  // Removes and returns all.
  std::vector<InvocationPtr> TakeAll();

  // Gives the first of each application to `send`, again and again, an application each turn, until `send` says
  // false for all of them.
  void SendEach(const std::function<bool(const InvocationPtr&)>& send);

 private:
  void Added(const InvocationPtr& invocation);
  void Removed(const Invocation& invocation);
  // Removes and returns those for which `take` says true.
  std::vector<InvocationPtr> TakeIf(const std::function<bool(const Invocation&)>& take);

  const SupervisorOptions& options_;
  int items_ = 0;
  int64_t bytes_ = 0;
  // The applications with something in their queue, in the order of their turns.
  std::deque<std::shared_ptr<AppState>> turns_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WAITING_INVOCATIONS_H_
