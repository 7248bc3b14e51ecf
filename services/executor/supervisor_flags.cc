#include "services/executor/supervisor_flags.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/processors/processors.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/executor/supervisor/spawn.h"
#include "services/executor/supervisor/worker_library.h"

ABSL_FLAG(
    std::string, executor_containment, "process",
    "How functions are kept from the rest of the system and from each other: `process` for jailed worker processes, "
    "`thread` for threads of this process, which is for functions that you trust: no jail, and what V8 cannot stop "
    "or survive stops or ends the executor.");
ABSL_FLAG(std::string, executor_worker_binary, "",
          "The program of the worker processes; empty for overlock-worker beside this program.");
ABSL_FLAG(std::string, executor_worker_library, "",
          "The library of workers that are threads and of the embedded database; empty for overlock-worker-thread.so "
          "beside this program.");
ABSL_FLAG(int, executor_workers, 0, "Workers in service when nothing is busy; 0 for one a processor.");
ABSL_FLAG(int, executor_workers_max, 0, "Workers at most, spare ones included; 0 for four a processor, at least 8.");
ABSL_FLAG(int, executor_app_queue_max, 1'000, "Invocations of one application that may wait for a worker.");
ABSL_FLAG(int, executor_queue_max, 10'000, "Invocations of all applications that may wait for a worker.");

ABSL_FLAG(int, executor_abandoned_threads_max, 8,
          "With so many worker threads that could not be ended there are no new ones, and the executor is not ready.");
ABSL_FLAG(int, executor_isolate_memory_mb, 256,
          "Megabytes of heap that one worker may keep for applications of which nothing runs; beyond it the longest "
          "unused start cold the next time.");

namespace overlock::executor {
namespace {

constexpr std::string_view kProcess = "process";
constexpr std::string_view kThread = "thread";

// Null where this process's group cannot be divided: the workers' resident memory is watched all the same.
std::shared_ptr<WorkerCgroups> OpenCgroups() {
  absl::StatusOr<WorkerCgroups::Place> place = WorkerCgroups::FindPlace();
  absl::StatusOr<std::shared_ptr<WorkerCgroups>> cgroups = place.ok() ? WorkerCgroups::Open(*place) : place.status();
  if (cgroups.ok()) return *std::move(cgroups);
  log::Info("workers have no memory groups", {{"reason", cgroups.status().message()}});
  return nullptr;
}

absl::Status ReadContainment(SupervisorOptions& options) {
  const std::string containment = absl::GetFlag(FLAGS_executor_containment);
  if (containment == kThread) {
    OVERLOCK_ASSIGN_OR_RETURN(options.worker_main, LoadWorkerLibrary(WorkerLibraryPath()));
    return absl::OkStatus();
  }
  if (containment != kProcess) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG",
                 absl::StrCat("--executor_containment: '", containment, "', allowed: process, thread"));
  }
  options.worker_binary = absl::GetFlag(FLAGS_executor_worker_binary);
  if (options.worker_binary.empty()) options.worker_binary = BesideThisProgram("overlock-worker");
  if (access(options.worker_binary.c_str(), X_OK) == 0) {
    options.cgroups = OpenCgroups();
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition, "WORKER_BINARY_MISSING",
               absl::StrCat("executor_worker_binary: there is no program ", options.worker_binary));
}

}  // namespace

void PrepareProcessForWorkers() {
  if (absl::GetFlag(FLAGS_executor_containment) == kThread) setenv("TZ", "UTC", 1);
}

std::string WorkerLibraryPath() {
  std::string library = absl::GetFlag(FLAGS_executor_worker_library);
  return library.empty() ? BesideThisProgram("overlock-worker-thread.so") : library;
}

absl::StatusOr<SupervisorOptions> ReadSupervisorOptions() {
  SupervisorOptions options;
  const int processors = AvailableProcessors();
  OVERLOCK_RETURN_IF_ERROR(ReadContainment(options));
  options.workers = absl::GetFlag(FLAGS_executor_workers);
  if (options.workers == 0) options.workers = processors;
  options.workers_max = absl::GetFlag(FLAGS_executor_workers_max);
  if (options.workers_max == 0) options.workers_max = std::max({8, 4 * processors, 2 * options.workers});
  options.app_queue_items_max = absl::GetFlag(FLAGS_executor_app_queue_max);
  options.queue_items_max = absl::GetFlag(FLAGS_executor_queue_max);
  if (options.workers < 1 || options.workers > 1'024) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG",
                 absl::StrCat("--executor_workers: ", options.workers, ", allowed: 0 to 1024"));
  }
  if (options.workers_max <= options.workers || options.workers_max > 4'096) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG",
                 absl::StrCat("--executor_workers_max: ", options.workers_max, ", allowed: ", options.workers + 1,
                              " (one more than --executor_workers) to 4096"));
  }
  if (options.app_queue_items_max < 0 || options.queue_items_max < 0) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG",
                 "--executor_app_queue_max, --executor_queue_max: allowed: 0 and more");
  }
  options.abandoned_threads_max = absl::GetFlag(FLAGS_executor_abandoned_threads_max);
  if (options.abandoned_threads_max < 1 || options.abandoned_threads_max > 1'024) {
    return Error(
        absl::StatusCode::kInvalidArgument, "BAD_FLAG",
        absl::StrCat("--executor_abandoned_threads_max: ", options.abandoned_threads_max, ", allowed: 1 to 1024"));
  }
  const int isolate_memory_mb = absl::GetFlag(FLAGS_executor_isolate_memory_mb);
  if (isolate_memory_mb < 16 || isolate_memory_mb > 65'536) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG",
                 absl::StrCat("--executor_isolate_memory_mb: ", isolate_memory_mb, ", allowed: 16 to 65536"));
  }
  options.isolate_memory_bytes_max = int64_t{isolate_memory_mb} << 20;
  return options;
}

}  // namespace overlock::executor
