// The tables of the application users.
#ifndef OVERLOCK_SERVICES_AUTH_USER_SCHEMA_H_
#define OVERLOCK_SERVICES_AUTH_USER_SCHEMA_H_

#include "absl/status/status.h"
#include "common/storage/database.h"

namespace overlock::auth {

// Brings the schema up to date.
absl::Status PrepareSchema(storage::Database& database);

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_USER_SCHEMA_H_
