// What a worker process gives up before it runs anybody's code.
#ifndef OVERLOCK_SERVICES_EXECUTOR_WORKER_JAIL_H_
#define OVERLOCK_SERVICES_EXECUTOR_WORKER_JAIL_H_

#include "absl/status/status.h"

namespace overlock::executor {

// At the start of the process: dies with its parent, leaves no core file (it would hold users' data), may gain no
// privileges, and has no descriptor beyond the worker's own (services/executor/channel/status_page.h).
// FAILED_PRECONDITION
// (`JAIL_FAILED`) if the parent is gone already or the system refuses.
absl::Status LeaveTheWorld();

// Once V8 runs, for all threads: an allow-list of system calls for memory, threads, clocks, signals, and reading and
// writing what is open. Nothing opens a file, makes a socket or starts a process; a call that is not allowed ends the
// process. FAILED_PRECONDITION (`JAIL_FAILED`) if the system refuses.
absl::Status CloseJail();

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_WORKER_JAIL_H_
