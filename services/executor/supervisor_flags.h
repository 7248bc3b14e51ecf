// The supervisor's options from the command line.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_FLAGS_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_FLAGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/executor/supervisor/options.h"

namespace overlock::executor {

// What workers that are threads need of their process: universal time, in which functions have always run. Call it
// before there is another thread.
void PrepareProcessForWorkers();

// Where the library is that LoadWorkerLibrary() and LoadDocumentEngines() load.
std::string WorkerLibraryPath();

// INVALID_ARGUMENT (`BAD_FLAG`) for a value that is not allowed; FAILED_PRECONDITION (`WORKER_BINARY_MISSING`,
// `WORKER_LIBRARY_UNUSABLE`) if there is nothing to make workers of.
absl::StatusOr<SupervisorOptions> ReadSupervisorOptions();

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_FLAGS_H_
