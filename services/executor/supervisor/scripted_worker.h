// A worker for the tests of the supervisor: it keeps the protocol of the real one and does what the invocation's
// function is named for, so that a test decides when something ends and how. Arguments are paths: "done" exists when
// the test wants an end; "trace" gets a line for each run.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SCRIPTED_WORKER_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SCRIPTED_WORKER_H_

#include "services/executor/channel/status_page.h"

namespace overlock::executor {

// Until the channel is closed or the page says stop; then 0. Takes the descriptor over. What runs ends when the page
// says stop, as the real worker's JavaScript does, but for `deaf`.
int RunScriptedWorker(int channel_fd, StatusPage* page, bool in_thread);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SCRIPTED_WORKER_H_
