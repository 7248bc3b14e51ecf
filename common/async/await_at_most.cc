#include "common/async/await_at_most.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

#include "common/async/event_loops.h"

namespace overlock {
namespace {

struct Wait {
  explicit Wait(boost::asio::any_io_executor executor) : timer(std::move(executor)) {}

  boost::asio::steady_timer timer;
  bool ended = false;
};

Task<void> RunAndWake(std::shared_ptr<Wait> wait, Task<void> task) {
  co_await std::move(task);
  wait->ended = true;
  wait->timer.cancel();
}

}  // namespace

Task<bool> AwaitAtMost(absl::Duration limit, Task<void> task) {
  boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  auto wait = std::make_shared<Wait>(executor);
  wait->timer.expires_after(absl::ToChronoNanoseconds(limit));
  Task<void> running = RunAndWake(wait, std::move(task));
  Detach(executor, std::move(running));
  // It may have ended at once, when there was nothing to cancel yet.
  boost::system::error_code ignored;
  if (!wait->ended) co_await wait->timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  co_return wait->ended;
}

}  // namespace overlock
