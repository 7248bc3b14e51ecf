#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "common/storage/database.h"

namespace overlock::storage {
namespace {

// A migration may rewrite a table, and those who start later wait for it.
constexpr char kMigrationTimeout[] = "SET LOCAL statement_timeout = '10min'";

absl::Status RunMigrations(Database& database, soci::session& session, const std::vector<Migration>& migrations) {
  const Dialect dialect = database.dialect();
  if (dialect == Dialect::kPostgres) session << kMigrationTimeout;
  // Before anything is read: CREATE TABLE IF NOT EXISTS alone fails on PostgreSQL when two run it together.
  database.Lock(session, "schema_migrations");
  session << "CREATE TABLE IF NOT EXISTS schema_migrations ("
             "version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";
  long long current = 0;
  session << "SELECT COALESCE(MAX(version), 0) FROM schema_migrations", soci::into(current);
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  if (current > newest) {
    return Error(absl::StatusCode::kFailedPrecondition, "STORE_TOO_NEW",
                 absl::StrCat("the database has schema version ", current, ", this program knows ", newest,
                              "; use a newer program"));
  }
  for (const Migration& migration : migrations) {
    if (migration.version <= current) continue;
    for (const Statement& statement : migration.statements) {
      if (const std::string& text = statement.For(dialect); !text.empty()) session << text;
    }
    long long version = migration.version;
    std::string name = migration.name;
    long long applied_at = absl::ToUnixMillis(absl::Now());
    session << "INSERT INTO schema_migrations (version, name, applied_at) VALUES (:version, :name, :applied_at)",
        soci::use(version, "version"), soci::use(name, "name"), soci::use(applied_at, "applied_at");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Migrate(Database& database, const std::vector<Migration>& migrations) {
  return database.Write([&](soci::session& session) { return RunMigrations(database, session, migrations); });
}

}  // namespace overlock::storage
