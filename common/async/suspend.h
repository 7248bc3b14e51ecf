// From callbacks to coroutines.
#ifndef OVERLOCK_COMMON_ASYNC_SUSPEND_H_
#define OVERLOCK_COMMON_ASYNC_SUSPEND_H_

#include <memory>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/async/task.h"

namespace overlock {

// Suspends the coroutine, calls `start(resume)`, and goes on when `resume(R)` is called: exactly once, from any
// thread. The coroutine goes on on its own executor, never inside `resume`. `R` must be default constructible
// and neither an exception_ptr nor an error_code.
template <class R, class Start>
Task<R> Suspend(Start start) {
  auto initiate = [](auto handler, Start start) {
    using Handler = decltype(handler);
    auto executor = boost::asio::get_associated_executor(handler);
    // The guard keeps the loop running while the answer is under way elsewhere.
    struct Waiting {
      Handler handler;
      boost::asio::executor_work_guard<decltype(executor)> guard;
    };
    auto waiting = std::make_shared<Waiting>(Waiting{std::move(handler), boost::asio::make_work_guard(executor)});
    start([waiting = std::move(waiting)](R result) mutable {
      auto executor = waiting->guard.get_executor();
      boost::asio::post(executor, [waiting = std::move(waiting), result = std::move(result)]() mutable {
        Handler handler = std::move(waiting->handler);
        waiting.reset();
        std::move(handler)(std::move(result));
      });
    });
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(R)>(
      initiate, boost::asio::use_awaitable, std::move(start));
}

}  // namespace overlock

#endif  // OVERLOCK_COMMON_ASYNC_SUSPEND_H_
