// Waiting for a task from ordinary code: main(), the command line, tests. Never on a loop's thread.
#ifndef OVERLOCK_COMMON_ASYNC_BLOCK_ON_H_
#define OVERLOCK_COMMON_ASYNC_BLOCK_ON_H_

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/async/task.h"

namespace overlock {

namespace async_internal {
// One loop a thread, for ever: the thread that resumed a task may still be leaving asio::post() when the task has
// ended, so the loop must not end with it.
inline boost::asio::io_context& ThreadLoop() {
  thread_local boost::asio::io_context loop;
  loop.restart();
  return loop;
}
}  // namespace async_internal

// Runs the task in this thread and returns its result. Not to be nested.
template <class T>
T BlockOn(Task<T> task) {
  boost::asio::io_context& loop = async_internal::ThreadLoop();
  std::optional<T> result;
  boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr exception, T value) {
    if (exception) std::rethrow_exception(exception);
    result = std::move(value);
  });
  loop.run();
  return *std::move(result);
}

// The same for a task without a result.
inline void BlockOn(Task<void> task) {
  boost::asio::io_context& loop = async_internal::ThreadLoop();
  boost::asio::co_spawn(loop, std::move(task), [](std::exception_ptr exception) {
    if (exception) std::rethrow_exception(exception);
  });
  loop.run();
}

}  // namespace overlock

#endif  // OVERLOCK_COMMON_ASYNC_BLOCK_ON_H_
