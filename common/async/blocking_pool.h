// Threads for work that blocks: SQL, files.
#ifndef OVERLOCK_COMMON_ASYNC_BLOCKING_POOL_H_
#define OVERLOCK_COMMON_ASYNC_BLOCKING_POOL_H_

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "common/async/suspend.h"
#include "common/async/task.h"

namespace overlock {

// Thread-safe. Ends its threads in the destructor, after what they are at.
class BlockingPool {
 public:
  // At most `queue_items_max` pieces of work wait; more are refused.
  BlockingPool(int threads, int queue_items_max);
  ~BlockingPool();

  // Runs `work` on a thread of the pool and resumes the coroutine on its own executor. `work` returns an
  // absl::Status or an absl::StatusOr. RESOURCE_EXHAUSTED (`QUEUE_FULL`) when too much waits; then it has not run.
  template <class Work>
  Task<std::invoke_result_t<Work>> Run(Work work) {
    using Result = std::invoke_result_t<Work>;
    auto start = [this, work = std::move(work)](auto resume) mutable {
      auto shared = std::make_shared<Work>(std::move(work));
      auto resume_shared = std::make_shared<decltype(resume)>(std::move(resume));
      if (!Post([shared, resume_shared] { (*resume_shared)((*shared)()); })) {
        (*resume_shared)(Result(QueueFull()));
      }
    };
    co_return co_await Suspend<Result>(std::move(start));
  }

 private:
  // False when the queue is full.
  bool Post(std::function<void()> work);
  static absl::Status QueueFull();

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_ASYNC_BLOCKING_POOL_H_
