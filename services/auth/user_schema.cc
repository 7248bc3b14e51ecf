#include "services/auth/user_schema.h"

#include <vector>

namespace overlock::auth {
namespace {

// Times are milliseconds since 1970, 0 for none. `email_key` is the address in lower case, empty without one.
// `lookup` is the beginning of an API key's hash.
const std::vector<storage::Migration>& Migrations() {
  static const auto* const kMigrations = new std::vector<storage::Migration>{
      {1,
       "users, identities, API keys",
       {"CREATE TABLE users (app_id TEXT NOT NULL, id TEXT NOT NULL, type INTEGER NOT NULL, email TEXT NOT NULL, "
        "email_key TEXT NOT NULL, password_hash TEXT NOT NULL, disabled INTEGER NOT NULL, data_json TEXT NOT NULL, "
        "created_at BIGINT NOT NULL, last_login_at BIGINT NOT NULL, PRIMARY KEY (app_id, id))",
        "CREATE UNIQUE INDEX users_by_email ON users (app_id, email_key) WHERE email_key <> ''",
        "CREATE TABLE identities (app_id TEXT NOT NULL, user_id TEXT NOT NULL, provider_type TEXT NOT NULL, "
        "subject TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (app_id, provider_type, subject), "
        "FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE)",
        "CREATE INDEX identities_by_user ON identities (app_id, user_id)",
        "CREATE TABLE api_keys (app_id TEXT NOT NULL, id TEXT NOT NULL, user_id TEXT NOT NULL, name TEXT NOT NULL, "
        "lookup TEXT NOT NULL, hash TEXT NOT NULL, disabled INTEGER NOT NULL, created_at BIGINT NOT NULL, "
        "PRIMARY KEY (app_id, id), "
        "FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE)",
        "CREATE UNIQUE INDEX api_keys_by_name ON api_keys (app_id, user_id, name)",
        "CREATE INDEX api_keys_by_lookup ON api_keys (lookup)"}},
      {2,
       "audit records",
       {"CREATE TABLE audit_counter (last_id BIGINT NOT NULL)", "INSERT INTO audit_counter (last_id) VALUES (0)",
        "CREATE TABLE audit_records (id BIGINT PRIMARY KEY, created_at BIGINT NOT NULL, actor TEXT NOT NULL, "
        "peer TEXT NOT NULL, action TEXT NOT NULL, app_id TEXT NOT NULL, subject TEXT NOT NULL, "
        "revision BIGINT NOT NULL, note TEXT NOT NULL)",
        "CREATE INDEX audit_records_by_app ON audit_records (app_id, id)"}}};
  return *kMigrations;
}

}  // namespace

absl::Status PrepareSchema(storage::Database& database) { return storage::Migrate(database, Migrations()); }

}  // namespace overlock::auth
