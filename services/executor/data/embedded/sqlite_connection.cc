#include "services/executor/data/embedded/sqlite_connection.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/status/status_macros.h"

namespace overlock::executor {
namespace {

// Instructions of SQLite's machine between two questions whether to go on: well under a millisecond.
constexpr int kProgressSteps = 10'000;
constexpr int kBusyMilliseconds = 5'000;

absl::Status Unavailable(std::string_view what) {
  return Error(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE", absl::StrCat("embedded database: ", what));
}

// SQLite would make the file with the process's umask; its log files take over the mode of the file.
absl::Status MakePrivateFile(const std::string& path) {
  int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return Unavailable(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  close(descriptor);
  return absl::OkStatus();
}

}  // namespace

SqliteStatement::~SqliteStatement() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

SqliteStatement& SqliteStatement::Bind(int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

SqliteStatement& SqliteStatement::BindText(std::string_view text) {
  // An empty view may have no address, which would be NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  sqlite3_bind_text64(statement_, ++bound_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

SqliteStatement& SqliteStatement::BindBytes(std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  sqlite3_bind_blob64(statement_, ++bound_, data, bytes.size(), SQLITE_STATIC);
  return *this;
}

absl::StatusOr<bool> SqliteStatement::Step() {
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.ErrorOf(code);
}

absl::Status SqliteStatement::Run() { return Step().status(); }

int64_t SqliteStatement::Integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view SqliteStatement::Bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path) {
  OVERLOCK_RETURN_IF_ERROR(MakePrivateFile(path));
  sqlite3* database = nullptr;
  // Without SQLite's mutex: one thread uses it.
  int code = sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(database));
  if (code != SQLITE_OK) return connection->ErrorOf(code);
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, kBusyMilliseconds);
  sqlite3_progress_handler(database, kProgressSteps, OnProgress, connection.get());
  OVERLOCK_RETURN_IF_ERROR(connection->Execute("PRAGMA synchronous=FULL"));
  OVERLOCK_RETURN_IF_ERROR(connection->With("PRAGMA journal_mode=WAL", [&](SqliteStatement& statement) -> absl::Status {
    OVERLOCK_ASSIGN_OR_RETURN(bool has_row, statement.Step());
    if (has_row && statement.Bytes(0) == "wal") return absl::OkStatus();
    return Unavailable(absl::StrCat(path, " cannot have a write-ahead log"));
  }));
  return connection;
}

SqliteConnection::SqliteConnection(sqlite3* database) : database_(database) {}

SqliteConnection::~SqliteConnection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

absl::Status SqliteConnection::With(const char* sql, const std::function<absl::Status(SqliteStatement&)>& use) {
  sqlite3_stmt*& prepared = statements_[sql];
  if (prepared == nullptr) {
    int code = sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    if (code != SQLITE_OK) return ErrorOf(code);
  }
  SqliteStatement statement(*this, prepared);
  return use(statement);
}

absl::Status SqliteConnection::Execute(const char* sql) {
  int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : ErrorOf(code);
}

absl::Status SqliteConnection::ErrorOf(int code) {
  switch (code & 0xff) {
    case SQLITE_INTERRUPT:
      return Error(absl::StatusCode::kDeadlineExceeded, "INTERRUPTED", "embedded database: the command was ended");
    case SQLITE_CONSTRAINT:
      if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
        return Error(absl::StatusCode::kAlreadyExists, "KEY_EXISTS", "embedded database: the key is there already");
      }
      break;
    case SQLITE_FULL:
      return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL", "embedded database: the disk is full");
  }
  return Unavailable(database_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database_));
}

int SqliteConnection::OnProgress(void* self) {
  auto* connection = static_cast<SqliteConnection*>(self);
  return connection->interrupted_ && connection->interrupted_() ? 1 : 0;
}

}  // namespace overlock::executor
