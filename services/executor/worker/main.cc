// A worker process: started by the executor's supervisor with its channel and status page as descriptors.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "services/executor/channel/status_page.h"
#include "services/executor/crypto/algorithms.h"
#include "services/executor/worker/jail.h"
#include "services/executor/worker/worker.h"

namespace overlock::executor {
namespace {

absl::Status Main() {
  absl::Status status = LeaveTheWorld();
  if (!status.ok()) return status;
  void* page = mmap(nullptr, sizeof(StatusPage), PROT_READ | PROT_WRITE, MAP_SHARED, kWorkerStatusPageFd, 0);
  if (page == MAP_FAILED) return absl::FailedPreconditionError("this program is started by overlock-executor");
  close(kWorkerStatusPageFd);
  crypto::Initialize();
  WorkerOptions options;
  options.close_jail = CloseJail;
  return RunWorker(kWorkerChannelFd, static_cast<StatusPage*>(page), options);
}

}  // namespace
}  // namespace overlock::executor

int main() {
  // Functions have always run in universal time, and the jail has no file that could say otherwise.
  setenv("TZ", "UTC", 1);
  absl::Status status = overlock::executor::Main();
  if (!status.ok()) std::fprintf(stderr, "overlock-worker: %s\n", std::string(status.message()).c_str());
  // Without the program's clean-up: V8's threads may still run.
  _exit(status.ok() ? 0 : 1);
}
