// A database on a PostgreSQL server (12 or newer).
#ifndef OVERLOCK_COMMON_STORAGE_POSTGRES_DATABASE_H_
#define OVERLOCK_COMMON_STORAGE_POSTGRES_DATABASE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"

namespace overlock::storage {

class PostgresSessions;

struct PostgresOptions {
  // libpq's URI or `key=value` list. May hold a password, which no error and no log shows; libpq's environment
  // (PGPASSWORD, PGPASSFILE, ...) fills in what it does not name.
  std::string connection;
  // Where the tables are; made if it is not there. Services with schemas of their own share a database: tables,
  // locks and channels of one are not those of another. Empty: what the server says, usually `public`. Lower-case
  // letters, digits and underscores, not first a digit, at most 30.
  std::string schema;
  // Connections for Write() and Read() together; each Listen() has one more.
  int sessions_max = 4;
  // How long a call waits for a connection when all are in use.
  absl::Duration session_wait_max = absl::Seconds(5);
  // For each host of `connection`, unless that names one (`connect_timeout`). Whole seconds, at least 2.
  absl::Duration connect_timeout = absl::Seconds(5);
  // What the server ends a statement after, waits for locks included.
  absl::Duration statement_timeout = absl::Seconds(10);
};

// Keeps connections, and makes new ones when the server was restarted: a call whose transaction was under way says
// UNAVAILABLE, the others go on. A Write() or Read() that stands in another one's way (SQLSTATE 40001, 40P01) is run
// again, kAttemptsMax times in all, with short pauses. `work` may make its transaction stricter with a SET TRANSACTION
// as its first statement; any other SET must be SET LOCAL.
class PostgresDatabase : public Database {
 public:
  static constexpr int kAttemptsMax = 8;

  // Connects. INVALID_ARGUMENT (`STORE_URL_INVALID`) if `connection` cannot be read, (`STORE_OPTIONS_INVALID`) if
  // another option is wrong; UNAVAILABLE (`STORE_UNAVAILABLE`) if the server is not there or refuses.
  static absl::StatusOr<std::unique_ptr<PostgresDatabase>> Open(const PostgresOptions& options);
  // No call may be under way.
  ~PostgresDatabase() override;

  Dialect dialect() const override { return Dialect::kPostgres; }
  absl::Status Write(const Work& work) override;
  absl::Status Read(const Work& work) override;
  void Lock(soci::session& session, const std::string& name) override;
  absl::Status Notify(soci::session& session, const std::string& channel) override;
  std::unique_ptr<Subscription> Listen(const std::string& channel, std::function<void()> on_notify) override;

 private:
  PostgresDatabase(std::unique_ptr<PostgresSessions> sessions, std::string schema);

  absl::Status MakeSchema();
  absl::Status Run(const char* begin, const Work& work);
  // `name` as nobody with another schema calls it.
  std::string Scoped(const std::string& name) const;

  const std::unique_ptr<PostgresSessions> sessions_;
  const std::string schema_;
};

}  // namespace overlock::storage

#endif  // OVERLOCK_COMMON_STORAGE_POSTGRES_DATABASE_H_
