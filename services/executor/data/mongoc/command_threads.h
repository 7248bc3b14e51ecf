// Threads for commands, which block.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_COMMAND_THREADS_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_COMMAND_THREADS_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace overlock::executor {

// As many as have been busy at a time, unlike a BlockingPool's, as most clusters are little used. Thread-safe.
class CommandThreads {
 public:
  explicit CommandThreads(int threads_max) : threads_max_(threads_max) {}
  // Does what has been posted, and joins.
  ~CommandThreads();
  CommandThreads(const CommandThreads&) = delete;
  CommandThreads& operator=(const CommandThreads&) = delete;

  // Its caller bounds how much is posted.
  void Post(std::function<void()> work);

 private:
  void Work();

  const int threads_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
  int idle_ = 0;
  bool closing_ = false;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_COMMAND_THREADS_H_
