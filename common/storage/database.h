// SQL databases behind the stores of the services.
#ifndef OVERLOCK_COMMON_STORAGE_DATABASE_H_
#define OVERLOCK_COMMON_STORAGE_DATABASE_H_

#include <soci/soci.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace overlock::storage {

enum class Dialect { kSqlite, kPostgres };

// Calls a function when something happened. Destroying it waits for a call that is under way and ends them; so it
// must not be destroyed in such a call.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

// One database. SQL given to `work` must be what every kind of database here understands, or be chosen by dialect().
// PostgreSQL has no NUL in text and no index over texts of more than some 2,700 bytes; bytes are kept as base64 text.
// All methods but Listen() block: call them on a BlockingPool. Thread-safe. `work` must not call Write() or Read().
//
// Exceptions of SOCI must pass through `work`: who catches one and goes on has a transaction that PostgreSQL will not
// commit. They do not leave Write() and Read(), which say UNAVAILABLE (`STORE_UNAVAILABLE`) with the statement and the
// database's words, without the values that were bound.
class Database {
 public:
  using Work = std::function<absl::Status(soci::session& session)>;

  virtual ~Database() = default;

  // For where a statement has to differ.
  virtual Dialect dialect() const = 0;

  // Runs `work` in a transaction that may write. It is committed if `work` returns OK and rolled back otherwise, or if
  // a statement fails. `work` may run more than once, each time in a new transaction: PostgreSQL ends one of those
  // that stand in each other's way. So what it does beside the database must be the same when it is done again. If
  // the connection is lost while PostgreSQL commits, the answer is UNAVAILABLE and what was written may be there.
  //
  // On SQLite one Write() runs at a time. On PostgreSQL they run side by side and each statement sees what was
  // committed before it (READ COMMITTED): whoever reads in order to write takes a Lock() first, or begins with an
  // UPDATE or a SELECT ... FOR UPDATE of the row.
  virtual absl::Status Write(const Work& work) = 0;

  // Runs `work`, which only reads, and sees one state of the database whatever is committed meanwhile. A statement
  // that writes fails. `work` may run more than once.
  virtual absl::Status Read(const Work& work) = 0;

  // In a Write(): from here to the end of the transaction no other one has the lock of this name, in any process.
  // It is for names of things, not for secrets. Throws as a statement does.
  virtual void Lock(soci::session& session, const std::string& name) = 0;

  // In a Write(): once it is committed, tells all who Listen() to `channel`, in all processes, this one too.
  // INVALID_ARGUMENT (`CHANNEL_INVALID`) if the name is empty or has more than 63 bytes, with the schema and a dot
  // before it. Throws as a statement does. On SQLite nobody is told: one process has the file, and it knows.
  virtual absl::Status Notify(soci::session& session, const std::string& channel) = 0;

  // Calls `on_notify` after Notify(), once for several that come together. It is called on a thread of its own, also
  // when listening has begun and whenever it has begun again after the connection was lost, since something may have
  // been missed. It must not throw. The subscription may outlive the database. On SQLite it is never called.
  virtual std::unique_ptr<Subscription> Listen(const std::string& channel, std::function<void()> on_notify) = 0;
};

// One statement of a migration: the same for all databases, or one for each.
class Statement {
 public:
  Statement(const char* text) : sqlite_(text), postgres_(text) {}         // NOLINT(runtime/explicit)
  Statement(const std::string& text) : sqlite_(text), postgres_(text) {}  // NOLINT(runtime/explicit)

  // An empty one is left out.
  static Statement PerDialect(std::string sqlite, std::string postgres) {
    Statement statement(std::move(sqlite));
    statement.postgres_ = std::move(postgres);
    return statement;
  }

  const std::string& For(Dialect dialect) const { return dialect == Dialect::kSqlite ? sqlite_ : postgres_; }

 private:
  std::string sqlite_;
  std::string postgres_;
};

// A step from one version of a schema to the next. Steps are never changed once released, only added.
struct Migration {
  // Positive and growing.
  int version;
  // What it does, for people: `applications`.
  const char* name;
  std::vector<Statement> statements;
};

// Brings the schema up to the newest of `migrations`, which are in order: those that table `schema_migrations` does
// not name are run, all in one transaction. Processes that start together wait for the first of them.
// FAILED_PRECONDITION (`STORE_TOO_NEW`) if the database is newer than that: an older program must not write into it.
absl::Status Migrate(Database& database, const std::vector<Migration>& migrations);

}  // namespace overlock::storage

#endif  // OVERLOCK_COMMON_STORAGE_DATABASE_H_
