#include "services/config/config_schema.h"

#include <string>

#include "common/status/status.h"

namespace overlock::config {
namespace {

// Sealed texts are base64: SOCI's blobs do not work on every database. Times are milliseconds since 1970.
const std::vector<storage::Migration>& Migrations() {
  static const auto* const kMigrations = new std::vector<storage::Migration>{
      {1,
       "applications by revision",
       {"CREATE TABLE config_counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
        "CREATE TABLE apps (app_id TEXT PRIMARY KEY, name TEXT NOT NULL, revision BIGINT NOT NULL)",
        "CREATE TABLE app_revisions ("
        "app_id TEXT NOT NULL REFERENCES apps (app_id), revision BIGINT NOT NULL, "
        "sealed_application TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (app_id, revision))"}},
      {2,
       "deletion, history, drafts, tokens, audit records",
       {"ALTER TABLE apps ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE app_revisions ADD COLUMN actor TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE app_revisions ADD COLUMN action TEXT NOT NULL DEFAULT 'import'",
        "ALTER TABLE app_revisions ADD COLUMN note TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX apps_by_revision ON apps (revision)",
        "CREATE TABLE app_drafts (app_id TEXT PRIMARY KEY REFERENCES apps (app_id), base_revision BIGINT NOT NULL, "
        "sealed_application TEXT NOT NULL, actor TEXT NOT NULL, created_at BIGINT NOT NULL)",
        "CREATE TABLE tokens (name TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, role INTEGER NOT NULL, "
        "app_ids TEXT NOT NULL, created_by TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL)",
        "CREATE TABLE audit_records (id BIGINT PRIMARY KEY, created_at BIGINT NOT NULL, actor TEXT NOT NULL, "
        "peer TEXT NOT NULL, action TEXT NOT NULL, app_id TEXT NOT NULL, subject TEXT NOT NULL, "
        "revision BIGINT NOT NULL, note TEXT NOT NULL)",
        "CREATE INDEX audit_records_by_app ON audit_records (app_id, id)"}}};
  return *kMigrations;
}

void InsertCounter(soci::session& session, const std::string& name, long long value) {
  session << "INSERT INTO config_counters (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING",
      soci::use(name, "name"), soci::use(value, "value");
}

}  // namespace

absl::Status PrepareSchema(storage::Database& database, absl::Time now) {
  OVERLOCK_RETURN_IF_ERROR(storage::Migrate(database, Migrations()));
  return database.Write([now](soci::session& session) {
    InsertCounter(session, "base_revision", absl::ToUnixSeconds(now));
    InsertCounter(session, "revision", absl::ToUnixSeconds(now));
    InsertCounter(session, "audit", 0);
    return absl::OkStatus();
  });
}

long long ReadCounter(soci::session& session, const char* name) {
  long long value = 0;
  std::string counter = name;
  session << "SELECT COALESCE(MAX(value), 0) FROM config_counters WHERE name = :name", soci::into(value),
      soci::use(counter, "name");
  return value;
}

long long NextOfCounter(soci::session& session, const char* name) {
  std::string counter = name;
  session << "UPDATE config_counters SET value = value + 1 WHERE name = :name", soci::use(counter, "name");
  return ReadCounter(session, name);
}

}  // namespace overlock::config
