// The worker's loop: frames in, answers out, JavaScript in between.
#ifndef OVERLOCK_SERVICES_EXECUTOR_WORKER_WORKER_H_
#define OVERLOCK_SERVICES_EXECUTOR_WORKER_WORKER_H_

#include <functional>

#include "absl/status/status.h"
#include "services/executor/channel/status_page.h"

namespace overlock::executor {

struct WorkerOptions {
  // V8's own, for garbage collection and compilation; those of a process's first worker count. One is enough for a
  // process that runs one script at a time.
  int background_threads = 1;
  // Called when V8 is up and before any function runs: closes the jail. Its error ends the worker.
  std::function<absl::Status()> close_jail;
};

// Serves the channel until the supervisor closes it or sets the page's `stop`, on the calling thread; then OK. Takes
// `channel_fd` over. An error means that this worker is of no use: its snapshot is not for this V8, the jail does not
// close, or the channel holds what is no frame.
absl::Status RunWorker(int channel_fd, StatusPage* page, const WorkerOptions& options);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_WORKER_WORKER_H_
