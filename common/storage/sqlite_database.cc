#include "common/storage/sqlite_database.h"

#include <fcntl.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/storage/store_error.h"

namespace overlock::storage {
namespace {

// Runs `work` and turns what is thrown into a status.
template <class Work>
absl::Status Guarded(const soci::session& session, const Work& work) {
  try {
    return work();
  } catch (const std::exception& exception) {
    return StatementFailed(session, exception);
  } catch (...) {
    return Unavailable("something that is no exception was thrown");
  }
}

absl::Status Execute(soci::session& session, const char* statement) {
  return Guarded(session, [&] {
    session << statement;
    return absl::OkStatus();
  });
}

// SQLite would make the file with the process's umask; its log files take over the mode of the file.
absl::Status MakePrivateFile(const std::string& path) {
  int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return Unavailable(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  close(descriptor);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(const SqliteOptions& options) {
  if (options.path.find('"') != std::string::npos) return Unavailable("a path must not contain quotation marks");
  OVERLOCK_RETURN_IF_ERROR(MakePrivateFile(options.path));
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase());
  soci::session& session = database->session_;
  OVERLOCK_RETURN_IF_ERROR(Guarded(session, [&]() -> absl::Status {
    session.open(soci::sqlite3,
                 absl::StrCat("dbname=\"", options.path, "\" timeout=", absl::ToInt64Seconds(options.busy_timeout)));
    // Not in the line above: SOCI would do it before the timeout counts, and fail when another process opens the file.
    session << "PRAGMA synchronous=FULL";
    std::string mode;
    session << "PRAGMA journal_mode=WAL", soci::into(mode);
    if (mode != "wal") return Unavailable(absl::StrCat(options.path, " cannot have a write-ahead log: ", mode));
    session << "PRAGMA foreign_keys=ON";
    return absl::OkStatus();
  }));
  return database;
}

absl::Status SqliteDatabase::Write(const Work& work) {
  std::lock_guard lock(mutex_);
  // IMMEDIATE: a transaction that begins as a reader and then writes fails at once, whatever the busy timeout says.
  OVERLOCK_RETURN_IF_ERROR(Execute(session_, "BEGIN IMMEDIATE"));
  absl::Status status = Guarded(session_, [&] { return work(session_); });
  if (status.ok()) status = Execute(session_, "COMMIT");
  // SQLite has rolled back by itself after some errors; then there is nothing to roll back and this fails.
  if (!status.ok()) Execute(session_, "ROLLBACK").IgnoreError();
  return status;
}

absl::Status SqliteDatabase::Read(const Work& work) {
  std::lock_guard lock(mutex_);
  // A write would pass here and fail on PostgreSQL.
  OVERLOCK_RETURN_IF_ERROR(Execute(session_, "PRAGMA query_only=ON"));
  absl::Status status = Execute(session_, "BEGIN");
  if (status.ok()) {
    status = Guarded(session_, [&] { return work(session_); });
    Execute(session_, "ROLLBACK").IgnoreError();
  }
  absl::Status writable = Execute(session_, "PRAGMA query_only=OFF");
  return status.ok() ? writable : status;
}

absl::Status SqliteDatabase::Notify(soci::session&, const std::string& channel) { return CheckChannel(channel); }

std::unique_ptr<Subscription> SqliteDatabase::Listen(const std::string&, std::function<void()>) {
  return std::make_unique<Subscription>();
}

}  // namespace overlock::storage
