// What the databases say when they fail.
#ifndef OVERLOCK_COMMON_STORAGE_STORE_ERROR_H_
#define OVERLOCK_COMMON_STORAGE_STORE_ERROR_H_

#include <soci/soci.h>

#include <exception>
#include <string_view>

#include "absl/status/status.h"

namespace overlock::storage {

// UNAVAILABLE (`STORE_UNAVAILABLE`): `database: ` and `what`, in one line.
absl::Status Unavailable(std::string_view what);

// The same for what was thrown while `session` was used: the database's words and the beginning of the statement. The
// values that were bound, which SOCI puts into what(), are left out.
absl::Status StatementFailed(const soci::session& session, const std::exception& exception);
// The same with words of one's own.
absl::Status StatementFailed(const soci::session& session, std::string_view words);

// INVALID_ARGUMENT (`CHANNEL_INVALID`) unless PostgreSQL takes it as the name of a channel.
absl::Status CheckChannel(std::string_view channel);

}  // namespace overlock::storage

#endif  // OVERLOCK_COMMON_STORAGE_STORE_ERROR_H_
