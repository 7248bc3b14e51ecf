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

namespace overlock::storage {
namespace {

absl::Status Unavailable(std::string_view what) {
  return Error(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE", absl::StrCat("database: ", what));
}

// Runs `work` and turns what SOCI throws into a status.
template <class Work>
absl::Status Guarded(const Work& work) {
  try {
    return work();
  } catch (const std::exception& exception) {
    return Unavailable(exception.what());
  }
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
  OVERLOCK_RETURN_IF_ERROR(Guarded([&]() -> absl::Status {
    session.open(soci::sqlite3, absl::StrCat("dbname=\"", options.path, "\" timeout=",
                                             absl::ToInt64Seconds(options.busy_timeout), " synchronous=full"));
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
  OVERLOCK_RETURN_IF_ERROR(Guarded([&] {
    session_ << "BEGIN IMMEDIATE";
    return absl::OkStatus();
  }));
  absl::Status status = Guarded([&] {
    OVERLOCK_RETURN_IF_ERROR(work(session_));
    session_ << "COMMIT";
    return absl::OkStatus();
  });
  if (!status.ok()) {
    // SQLite has rolled back by itself after some errors; then there is nothing to roll back and this fails.
    Guarded([&] {
      session_ << "ROLLBACK";
      return absl::OkStatus();
    }).IgnoreError();
  }
  return status;
}

absl::Status SqliteDatabase::Read(const Work& work) {
  std::lock_guard lock(mutex_);
  return Guarded([&] { return work(session_); });
}

}  // namespace overlock::storage
