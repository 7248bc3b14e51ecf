// The threads on which coroutines run.
#ifndef OVERLOCK_COMMON_ASYNC_EVENT_LOOPS_H_
#define OVERLOCK_COMMON_ASYNC_EVENT_LOOPS_H_

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "absl/time/time.h"
#include "common/async/task.h"

namespace overlock {

// A fixed number of Asio loops, one thread each. What runs on one loop needs no lock against others on the same
// loop. Nothing that runs on a loop may block.
class EventLoops {
 public:
  // At least one.
  explicit EventLoops(int threads);
  // Stops and joins.
  ~EventLoops();

  int size() const { return static_cast<int>(loops_.size()); }
  boost::asio::any_io_executor Get(int index) { return loops_[index]->get_executor(); }
  boost::asio::io_context& Context(int index) { return *loops_[index]; }
  // Thread-safe; round robin.
  boost::asio::any_io_executor Next() { return Get(static_cast<int>(next_++ % loops_.size())); }
  // Ends the loops, whatever they still have to do, and joins the threads.
  void Stop();

 private:
  using Guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;
  std::vector<std::unique_ptr<boost::asio::io_context>> loops_;
  std::vector<Guard> guards_;
  std::vector<std::thread> threads_;
  std::atomic<unsigned> next_{0};
};

// Starts a task that nobody waits for. It runs on `executor`.
void Detach(boost::asio::any_io_executor executor, Task<void> task);

// Suspends the coroutine for `duration`; on its own executor, nothing blocks.
Task<void> Delay(absl::Duration duration);

}  // namespace overlock

#endif  // OVERLOCK_COMMON_ASYNC_EVENT_LOOPS_H_
