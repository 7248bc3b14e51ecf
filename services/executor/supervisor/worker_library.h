// The library with what of V8 an executor may have in its own process.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_LIBRARY_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_LIBRARY_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/executor/data/embedded/document_engine.h"
#include "services/executor/supervisor/worker_thread.h"

namespace overlock::executor {

// The loaders keep it for the rest of the process's life. From now on exit() ends the process without destroying static
// objects: threads that V8 or functions keep running may still use them. FAILED_PRECONDITION
// (`WORKER_LIBRARY_UNUSABLE`) if it cannot be loaded.

// Whether the file is there and can be read: the same error, without loading it.
absl::Status CheckWorkerLibrary(const std::string& path);
// The worker's loop, for workers that are threads.
absl::StatusOr<WorkerMain> LoadWorkerLibrary(const std::string& path);
// The engine of the embedded database.
absl::StatusOr<DocumentEnginesFactory> LoadDocumentEngines(const std::string& path);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_LIBRARY_H_
