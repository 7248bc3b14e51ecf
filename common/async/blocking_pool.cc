#include "common/async/blocking_pool.h"

#include <atomic>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "common/status/status.h"

namespace overlock {

struct BlockingPool::State {
  State(int threads, int queue_items_max) : pool(threads), queue_items_max(queue_items_max) {}
  boost::asio::thread_pool pool;
  const int queue_items_max;
  std::atomic<int> waiting{0};
};

BlockingPool::BlockingPool(int threads, int queue_items_max)
    : state_(std::make_unique<State>(threads, queue_items_max)) {}

BlockingPool::~BlockingPool() { state_->pool.join(); }

bool BlockingPool::Post(std::function<void()> work) {
  if (state_->waiting.fetch_add(1) >= state_->queue_items_max) {
    --state_->waiting;
    return false;
  }
  boost::asio::post(state_->pool, [this, work = std::move(work)] {
    --state_->waiting;
    work();
  });
  return true;
}

absl::Status BlockingPool::QueueFull() {
  return Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "too much work waits for a thread");
}

}  // namespace overlock
