// A database in a file of its own.
#ifndef OVERLOCK_COMMON_STORAGE_SQLITE_DATABASE_H_
#define OVERLOCK_COMMON_STORAGE_SQLITE_DATABASE_H_

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"

namespace overlock::storage {

struct SqliteOptions {
  // The file; made if it is not there, readable by its owner alone.
  std::string path;
  // How long to wait for another process's lock. Whole seconds.
  absl::Duration busy_timeout = absl::Seconds(5);
};

// SQLite with a write-ahead log, foreign keys, and commits that survive a power failure (`synchronous=FULL`). One
// session: calls wait for each other.
class SqliteDatabase : public Database {
 public:
  // UNAVAILABLE (`STORE_UNAVAILABLE`) if the file cannot be opened or is no database.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(const SqliteOptions& options);

  Dialect dialect() const override { return Dialect::kSqlite; }
  absl::Status Write(const Work& work) override;
  absl::Status Read(const Work& work) override;
  // BEGIN IMMEDIATE has locked the file: there is nothing left to lock.
  void Lock(soci::session&, const std::string&) override {}
  absl::Status Notify(soci::session& session, const std::string& channel) override;
  std::unique_ptr<Subscription> Listen(const std::string& channel, std::function<void()> on_notify) override;

 private:
  SqliteDatabase() = default;

  std::mutex mutex_;
  soci::session session_;
};

}  // namespace overlock::storage

#endif  // OVERLOCK_COMMON_STORAGE_SQLITE_DATABASE_H_
