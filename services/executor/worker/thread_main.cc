// The worker's loop as a library that an executor loads when its workers are threads, and only then: V8 costs a program
// that is linked with it 12 ms of its start and 17 MB. Messages are the program's own; see worker/CMakeLists.txt.
#include "services/executor/worker/thread_containment.h"

extern "C" __attribute__((visibility("default"))) int overlock_worker_main(int channel_fd,
                                                                           overlock::executor::StatusPage* page) {
  return overlock::executor::RunWorkerInThread(channel_fd, page);
}
