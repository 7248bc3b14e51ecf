// A database by its URL.
#ifndef OVERLOCK_COMMON_STORAGE_OPEN_DATABASE_H_
#define OVERLOCK_COMMON_STORAGE_OPEN_DATABASE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/storage/database.h"
#include "common/storage/postgres_database.h"
#include "common/storage/sqlite_database.h"

namespace overlock::storage {

// What the URL does not say; `path` and `connection` are set from it.
struct OpenOptions {
  SqliteOptions sqlite;
  PostgresOptions postgres;
};

// `sqlite:PATH` or a plain path is a file of SQLite; `postgres://...` or `postgresql://...` is libpq's URI. Anything
// else is INVALID_ARGUMENT (`STORE_URL_INVALID`), with what is allowed; a plain path must not look like a URL or like
// libpq's `key=value` list, and `sqlite:PATH` may be any. A URL may hold a password: no error shows any of it but the
// path of a file.
absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(const std::string& url, OpenOptions options = {});

}  // namespace overlock::storage

#endif  // OVERLOCK_COMMON_STORAGE_OPEN_DATABASE_H_
