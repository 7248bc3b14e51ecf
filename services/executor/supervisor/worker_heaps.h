// What a worker's status page says of the heaps of applications.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_HEAPS_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_HEAPS_H_

#include <cstdint>

#include "services/executor/channel/status_page.h"

namespace overlock::executor {

// Heaps that are kept.
struct Heaps {
  int64_t isolates = 0;
  int64_t bytes = 0;
};

// What had to be made before a function could run: an isolate for its application, a context for itself.
struct ColdStarts {
  uint64_t applications = 0;
  uint64_t functions = 0;
};

// Reads one worker's page. The worker is not trusted: numbers that cannot be are cut. Not thread-safe.
class WorkerHeaps {
 public:
  static constexpr int64_t kIsolatesMax = 1'000;
  static constexpr int64_t kBytesMax = int64_t{1} << 40;
  // More cold starts than these between two calls are not believed.
  static constexpr uint64_t kColdStartsMax = 10'000;

  // As of the last time that the worker had nothing to do.
  static Heaps Read(const StatusPage& page);
  // Those since the last call. A count that goes backwards gives none.
  ColdStarts TakeColdStarts(const StatusPage& page);

 private:
  uint64_t isolates_made_ = 0;
  uint64_t contexts_made_ = 0;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_HEAPS_H_
