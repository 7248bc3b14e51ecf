#include "common/async/event_loops.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "absl/time/time.h"

namespace overlock {

EventLoops::EventLoops(int threads) {
  for (int i = 0; i < std::max(threads, 1); ++i) {
    // One thread runs each loop, so Asio may leave its locks out.
    loops_.push_back(std::make_unique<boost::asio::io_context>(1));
    guards_.emplace_back(loops_.back()->get_executor());
  }
  for (auto& loop : loops_) {
    threads_.emplace_back([&context = *loop] { context.run(); });
  }
}

EventLoops::~EventLoops() { Stop(); }

void EventLoops::Stop() {
  for (auto& loop : loops_) loop->stop();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Detach(boost::asio::any_io_executor executor, Task<void> task) {
  boost::asio::co_spawn(executor, std::move(task), [](std::exception_ptr exception) {
    // Tasks do not throw; one that does has a broken invariant, and going on would hide it.
    if (exception) std::terminate();
  });
}

Task<void> Delay(absl::Duration duration) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  timer.expires_after(absl::ToChronoNanoseconds(duration));
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace overlock
