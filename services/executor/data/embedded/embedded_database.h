// The database of the all-in-one server: documents in a file of its own, MongoDB's commands in JavaScript.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_EMBEDDED_DATABASE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_EMBEDDED_DATABASE_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/async/clock.h"
#include "services/executor/data/data_source.h"
#include "services/executor/data/embedded/document_engine.h"
#include "services/executor/data/embedded/lane.h"

namespace overlock::executor {

struct EmbeddedDatabaseOptions {
  // The file; made if it is not there, readable by its owner alone. Its directory must be there.
  std::string path;
  DocumentEnginesSource find_engines;
  EngineLimits engine_limits;
  // Threads that run commands. All commands of an application are run by the same one: others do not wait for it, but
  // for their writes to begin.
  size_t lanes = 2;
  // Commands that may wait for each of them.
  size_t queue_items_max = 1'000;
  const Clock* clock = &Clock::Real();
};

class EmbeddedDatabase {
 public:
  // UNAVAILABLE (`STORE_UNAVAILABLE`) if the file cannot be opened or is no database; FAILED_PRECONDITION
  // (`STORE_TOO_NEW`) if a newer program has written it.
  static absl::StatusOr<std::unique_ptr<EmbeddedDatabase>> Open(const EmbeddedDatabaseOptions& options);
  // Ends the commands that run. Sources must be gone before it.
  ~EmbeddedDatabase();

  // What functions of the application see as the service; other pairs have other documents. The same pair has the same
  // again, also after a restart. Cursors are shared by sources of the same pair. A command that was ended by its time
  // limit has written nothing; one that was answered with a reply is on the disk.
  std::unique_ptr<DataSource> MakeSource(const std::string& application, const std::string& service);

 private:
  EmbeddedDatabase() = default;

  std::timed_mutex writer_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_EMBEDDED_DATABASE_H_
