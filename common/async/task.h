// Coroutines. A Task is lazy: it runs when it is awaited, on its awaiter's executor.
#ifndef OVERLOCK_COMMON_ASYNC_TASK_H_
#define OVERLOCK_COMMON_ASYNC_TASK_H_

#include <boost/asio/awaitable.hpp>

namespace overlock {

// Parameters of a coroutine are values: it outlives its caller's frame. A lock, a V8 scope or a borrowed
// reference never crosses a co_await. Exceptions are not used; results are absl::Status or absl::StatusOr.
//
// GCC 12 miscompiles some temporaries inside `co_await f(Aggregate{...})`: name the argument, then move it.
template <class T>
using Task = boost::asio::awaitable<T>;

}  // namespace overlock

#endif  // OVERLOCK_COMMON_ASYNC_TASK_H_
