#include "common/storage/open_database.h"

#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "common/status/status.h"

namespace overlock::storage {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

bool IsPlainPath(std::string_view url) {
  return !url.empty() && url.find_first_of("=@") == std::string_view::npos &&
         (url.find(':') == std::string_view::npos || url[0] == '/' || url[0] == '.');
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(const std::string& url, OpenOptions options) {
  if (absl::StartsWith(url, "postgres://") || absl::StartsWith(url, "postgresql://")) {
    options.postgres.connection = url;
    return PostgresDatabase::Open(options.postgres);
  }
  if (absl::StartsWith(url, kSqlite) ? url.size() > kSqlite.size() : IsPlainPath(url)) {
    options.sqlite.path = absl::StartsWith(url, kSqlite) ? url.substr(kSqlite.size()) : url;
    return SqliteDatabase::Open(options.sqlite);
  }
  return Error(absl::StatusCode::kInvalidArgument, "STORE_URL_INVALID",
               "database: cannot be read; allowed is sqlite:PATH, the path of a file without '=', '@' and ':', or "
               "postgresql://user:password@host:port/database");
}

}  // namespace overlock::storage
