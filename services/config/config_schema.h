// The tables of the config service's database.
#ifndef OVERLOCK_SERVICES_CONFIG_CONFIG_SCHEMA_H_
#define OVERLOCK_SERVICES_CONFIG_CONFIG_SCHEMA_H_

#include <vector>

#include "absl/time/time.h"
#include "common/storage/database.h"

namespace overlock::config {

// Brings the schema up to date. The revisions of a new database begin at the seconds since 1970: so whoever has a
// revision of a database that was lost finds it below this one's base.
absl::Status PrepareSchema(storage::Database& database, absl::Time now);

// A number that only grows: `revision`, `audit`. 0 before the first.
long long ReadCounter(soci::session& session, const char* name);
// Adds one and returns the new number. Until the transaction ends nobody else can: writers go one after another.
long long NextOfCounter(soci::session& session, const char* name);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_CONFIG_SCHEMA_H_
