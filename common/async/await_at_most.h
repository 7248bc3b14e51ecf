// Waiting for a task, with a limit.
#ifndef OVERLOCK_COMMON_ASYNC_AWAIT_AT_MOST_H_
#define OVERLOCK_COMMON_ASYNC_AWAIT_AT_MOST_H_

#include "absl/time/time.h"
#include "common/async/task.h"

namespace overlock {

// Runs `task` and waits for it, but no longer than `limit`; after that it goes on, and nobody waits for it. Says
// whether it has ended. Only where one thread runs the coroutine's executor, as a loop of EventLoops does.
Task<bool> AwaitAtMost(absl::Duration limit, Task<void> task);

}  // namespace overlock

#endif  // OVERLOCK_COMMON_ASYNC_AWAIT_AT_MOST_H_
