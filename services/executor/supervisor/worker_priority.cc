#include "services/executor/supervisor/worker_priority.h"

#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace overlock::executor {

bool MayRaisePriority() {
  bool may = false;
  std::thread([&may] {
    auto self = static_cast<id_t>(gettid());
    may = setpriority(PRIO_PROCESS, self, NicenessOf(WorkerPriority::kBusy)) == 0 &&
          setpriority(PRIO_PROCESS, self, NicenessOf(WorkerPriority::kNormal)) == 0;
  }).join();
  return may;
}

}  // namespace overlock::executor
