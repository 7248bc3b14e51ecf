#include "services/executor/data/mongoc/command_threads.h"

#include <utility>

namespace overlock::executor {

CommandThreads::~CommandThreads() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void CommandThreads::Post(std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
    if (static_cast<int>(queue_.size()) > idle_ && static_cast<int>(threads_.size()) < threads_max_) {
      threads_.emplace_back([this] { Work(); });
      return;
    }
  }
  changed_.notify_one();
}

void CommandThreads::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

}  // namespace overlock::executor
