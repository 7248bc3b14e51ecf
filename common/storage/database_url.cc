#include "common/storage/database_url.h"

#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::storage {
namespace {

bool HasPassword(std::string_view url) {
  size_t scheme_end = url.find("://");
  if (!absl::StartsWith(url, "postgres") || scheme_end == std::string_view::npos) return false;
  size_t at = url.find('@');
  return at != std::string_view::npos && url.find(':', scheme_end + 3) < at;
}

}  // namespace

absl::StatusOr<std::string> ReadDatabaseUrl(std::string_view flag, const std::string& database,
                                            const std::string& file) {
  if (file.empty() && HasPassword(database)) {
    return Error(absl::StatusCode::kInvalidArgument, "PASSWORD_IN_FLAG",
                 absl::StrCat(flag,
                              ": holds a password, which every user of the machine can see; put the URL into a file "
                              "and name that with --",
                              flag, "_url_file"));
  }
  if (file.empty()) return database;
  std::ifstream stream(file);
  std::string url;
  if (!std::getline(stream, url) || absl::StripAsciiWhitespace(url).empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "DATABASE_URL_UNREADABLE",
                 absl::StrCat(flag, "_url_file: ", file, " cannot be read or is empty"));
  }
  return std::string(absl::StripAsciiWhitespace(url));
}

}  // namespace overlock::storage
