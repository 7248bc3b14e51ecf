// Where a service's database is, from its flags.
#ifndef OVERLOCK_COMMON_STORAGE_DATABASE_URL_H_
#define OVERLOCK_COMMON_STORAGE_DATABASE_URL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace overlock::storage {

// The URL of a database: the first line of `file` where that is named, else `database`, which may be empty. `flag` is
// the name of the flag that `database` is of, and of the other without `_url_file`. INVALID_ARGUMENT
// (`PASSWORD_IN_FLAG`) if `database` holds a password, which the list of processes would show; FAILED_PRECONDITION
// (`DATABASE_URL_UNREADABLE`) if the file has no line. The URL is secret, and in no error.
absl::StatusOr<std::string> ReadDatabaseUrl(std::string_view flag, const std::string& database,
                                            const std::string& file);

}  // namespace overlock::storage

#endif  // OVERLOCK_COMMON_STORAGE_DATABASE_URL_H_
