// What the command line says of application users.
#ifndef OVERLOCK_SERVICES_AUTH_USER_FLAGS_H_
#define OVERLOCK_SERVICES_AUTH_USER_FLAGS_H_

#include "absl/status/statusor.h"
#include "services/auth/user_parts.h"

namespace overlock::auth {

// Makes the data directory where no other database is named. INVALID_ARGUMENT (`BAD_FLAG`, `PASSWORD_IN_FLAG`) for a
// value that is not allowed; FAILED_PRECONDITION (`DATA_DIR_UNUSABLE`, `DATABASE_URL_UNREADABLE`).
absl::StatusOr<UserParts::Options> UserOptionsFromFlags();

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_USER_FLAGS_H_
