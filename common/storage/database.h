// SQL databases behind the stores of the services.
#ifndef OVERLOCK_COMMON_STORAGE_DATABASE_H_
#define OVERLOCK_COMMON_STORAGE_DATABASE_H_

#include <soci/soci.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace overlock::storage {

// One database. SQL given to `work` must be what every kind of database here understands. All methods block: call
// them on a BlockingPool. Thread-safe.
class Database {
 public:
  using Work = std::function<absl::Status(soci::session& session)>;

  virtual ~Database() = default;

  // Runs `work` in a transaction that may write. It is committed if `work` returns OK and rolled back otherwise, or
  // if a statement fails: UNAVAILABLE (`STORE_UNAVAILABLE`). Exceptions of SOCI do not leave.
  virtual absl::Status Write(const Work& work) = 0;

  // Runs `work`, which only reads.
  virtual absl::Status Read(const Work& work) = 0;
};

// A step from one version of a schema to the next. Steps are never changed once released, only added.
struct Migration {
  // Positive and growing.
  int version;
  // What it does, for people: `applications`.
  const char* name;
  std::vector<std::string> statements;
};

// Brings the schema up to the newest of `migrations`, which are in order: those that table `schema_migrations` does
// not name are run, all in one transaction. FAILED_PRECONDITION (`STORE_TOO_NEW`) if the database is newer than that:
// an older program must not write into it.
absl::Status Migrate(Database& database, const std::vector<Migration>& migrations);

}  // namespace overlock::storage

#endif  // OVERLOCK_COMMON_STORAGE_DATABASE_H_
