// SQLite's own interface, in a few words. SOCI, which other stores use, has no bytes that are not copied through a
// large-object handle, cannot stop in the midst of a result, and does not say which constraint failed.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_SQLITE_CONNECTION_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace overlock::executor {

class SqliteConnection;

// A prepared statement in use; it is reset when this goes. What is bound must live as long.
class SqliteStatement {
 public:
  SqliteStatement(SqliteConnection& connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}
  ~SqliteStatement();
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  // In the order of the question marks.
  SqliteStatement& Bind(int64_t value);
  SqliteStatement& BindText(std::string_view text);
  SqliteStatement& BindBytes(std::string_view bytes);

  // Whether there is a row. ALREADY_EXISTS if a unique index holds the values; see SqliteConnection for other errors.
  absl::StatusOr<bool> Step();
  // For a statement without rows.
  absl::Status Run();

  int64_t Integer(int column) const;
  // Valid until the next step.
  std::string_view Bytes(int column) const;

 private:
  SqliteConnection& connection_;
  sqlite3_stmt* const statement_;
  int bound_ = 0;
};

// One thread uses it. Errors: DEADLINE_EXCEEDED if `interrupted` ended the statement, RESOURCE_EXHAUSTED
// (`DISK_FULL`), else UNAVAILABLE (`STORE_UNAVAILABLE`).
class SqliteConnection {
 public:
  // Opens the file, which is made for its owner alone if it is not there, with a write-ahead log and commits that
  // survive a power failure.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Runs `use` with the statement, which is prepared once: `sql` must be a literal.
  absl::Status With(const char* sql, const std::function<absl::Status(SqliteStatement&)>& use);
  absl::Status Execute(const char* sql);

  // Asked now and then while a statement runs; true ends it. Empty for never.
  void set_interrupted(std::function<bool()> interrupted) { interrupted_ = std::move(interrupted); }
  bool InTransaction() const { return sqlite3_get_autocommit(database_) == 0; }
  int64_t last_row() const { return sqlite3_last_insert_rowid(database_); }
  absl::Status ErrorOf(int code);

 private:
  explicit SqliteConnection(sqlite3* database);
  static int OnProgress(void* self);

  sqlite3* const database_;
  std::function<bool()> interrupted_;
  absl::flat_hash_map<const char*, sqlite3_stmt*> statements_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_SQLITE_CONNECTION_H_
