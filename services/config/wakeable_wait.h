// A wait that another thread can end.
#ifndef OVERLOCK_SERVICES_CONFIG_WAKEABLE_WAIT_H_
#define OVERLOCK_SERVICES_CONFIG_WAKEABLE_WAIT_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/async/task.h"

namespace overlock::config {

// Belongs to one coroutine on a loop of one thread. Wake() may be called from any thread while that loop lives.
class WakeableWait {
 public:
  explicit WakeableWait(boost::asio::any_io_executor executor)
      : executor_(executor), state_(std::make_shared<State>(std::move(executor))) {}

  // Ends the wait under way, or the next one if none is.
  void Wake() {
    boost::asio::post(executor_, [state = state_] {
      state->woken = true;
      state->timer.cancel();
    });
  }

  // Returns when woken, or at the deadline.
  Task<void> Until(absl::Time deadline) {
    std::shared_ptr<State> state = state_;
    if (!state->woken) {
      if (deadline == absl::InfiniteFuture()) {
        state->timer.expires_at(std::chrono::steady_clock::time_point::max());
      } else {
        state->timer.expires_after(absl::ToChronoNanoseconds(deadline - absl::Now()));
      }
      co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    state->woken = false;
  }

 private:
  struct State {
    explicit State(boost::asio::any_io_executor executor) : timer(std::move(executor)) {}
    boost::asio::steady_timer timer;
    bool woken = false;
  };
  const boost::asio::any_io_executor executor_;
  const std::shared_ptr<State> state_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_WAKEABLE_WAIT_H_
