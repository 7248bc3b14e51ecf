// A worker as a thread of the executor.
#ifndef OVERLOCK_SERVICES_EXECUTOR_WORKER_THREAD_CONTAINMENT_H_
#define OVERLOCK_SERVICES_EXECUTOR_WORKER_THREAD_CONTAINMENT_H_

#include "services/executor/channel/status_page.h"

namespace overlock::executor {

// RunWorker() on the calling thread, without a jail: 0, or 1 after a line on standard error. Takes `channel_fd` over.
// Where V8 would end the process this thread goes no further: it sets the page's `crashed` and never returns. What it
// holds then stays held. A crash of V8's own threads still ends the process.
int RunWorkerInThread(int channel_fd, StatusPage* page);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_WORKER_THREAD_CONTAINMENT_H_
