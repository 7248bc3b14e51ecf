// What of V8 an executor loads into its own process, and only then: V8 costs a program that is linked with it 12 ms of
// its start and 17 MB. One library, since there is one V8 in a process. Messages are the program's own; see
// worker/CMakeLists.txt.
#include "services/executor/js/document_engines.h"
#include "services/executor/worker/thread_containment.h"

// The worker's loop, for workers that are threads.
extern "C" __attribute__((visibility("default"))) int overlock_worker_main(int channel_fd,
                                                                           overlock::executor::StatusPage* page) {
  return overlock::executor::RunWorkerInThread(channel_fd, page);
}

// The engine of the embedded database: a DocumentEnginesFactory.
extern "C" __attribute__((visibility("default"))) overlock::executor::DocumentEngines* overlock_make_document_engines(
    const overlock::executor::EngineLimits& limits, const std::atomic<bool>& interrupt) {
  return overlock::executor::js::MakeDocumentEngines(limits, interrupt);
}
