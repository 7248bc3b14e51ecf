#include "services/executor/database_flags.h"

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/status/status_macros.h"
#include "services/executor/data/embedded_sources.h"
#include "services/executor/supervisor/worker_library.h"
#include "services/executor/supervisor_flags.h"

ABSL_FLAG(std::string, executor_database, "",
          "An SQLite file for the documents of MongoDB services without a connection string, made if it is not there; "
          "empty for none. One executor at a time can have it.");
ABSL_FLAG(int, executor_database_threads, 2,
          "Threads that run commands on that file; those of one application run on one of them.");
ABSL_FLAG(int, executor_database_memory_mb, 192,
          "Megabytes of memory for a command on that file, and for what waits in the cursors of its service.");

namespace overlock::executor {
namespace {

absl::Status CheckRange(std::string_view flag, int value, int least, int most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG",
               absl::StrCat("--", flag, ": ", value, ", allowed: ", least, " to ", most));
}

}  // namespace

absl::StatusOr<std::unique_ptr<DataSources>> OpenEmbeddedSources() {
  EmbeddedDatabaseOptions options;
  options.path = absl::GetFlag(FLAGS_executor_database);
  if (options.path.empty()) return nullptr;
  const int threads = absl::GetFlag(FLAGS_executor_database_threads);
  const int memory_mb = absl::GetFlag(FLAGS_executor_database_memory_mb);
  OVERLOCK_RETURN_IF_ERROR(CheckRange("executor_database_threads", threads, 1, 64));
  OVERLOCK_RETURN_IF_ERROR(CheckRange("executor_database_memory_mb", memory_mb, 64, 16'384));
  options.lanes = static_cast<size_t>(threads);
  options.engine_limits.memory_bytes_max = int64_t{memory_mb} << 20;
  OVERLOCK_RETURN_IF_ERROR(CheckWorkerLibrary(WorkerLibraryPath()));
  options.find_engines = [path = WorkerLibraryPath()] { return LoadDocumentEngines(path); };
  OVERLOCK_ASSIGN_OR_RETURN(std::unique_ptr<EmbeddedDatabase> database, EmbeddedDatabase::Open(options));
  return std::make_unique<EmbeddedSources>(std::move(database));
}

}  // namespace overlock::executor
