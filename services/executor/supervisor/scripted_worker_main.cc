// The scripted worker as a process.
#include <sys/mman.h>

#include "services/executor/channel/status_page.h"
#include "services/executor/supervisor/scripted_worker.h"

int main() {
  using overlock::executor::StatusPage;
  void* page =
      mmap(nullptr, sizeof(StatusPage), PROT_READ | PROT_WRITE, MAP_SHARED, overlock::executor::kWorkerStatusPageFd, 0);
  if (page == MAP_FAILED) return 1;
  return overlock::executor::RunScriptedWorker(overlock::executor::kWorkerChannelFd, static_cast<StatusPage*>(page),
                                               /*in_thread=*/false);
}
