#include "common/storage/store_error.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::storage {
namespace {

constexpr size_t kStatementBytesShown = 120;
// NAMEDATALEN - 1.
constexpr size_t kChannelBytesMax = 63;

}  // namespace

absl::Status Unavailable(std::string_view what) {
  std::string line(what);
  for (char& c : line) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  absl::RemoveExtraAsciiWhitespace(&line);
  return Error(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE", absl::StrCat("database: ", line));
}

absl::Status StatementFailed(const soci::session& session, const std::exception& exception) {
  const auto* of_soci = dynamic_cast<const soci::soci_error*>(&exception);
  if (of_soci == nullptr) return Unavailable(exception.what());
  return StatementFailed(session, of_soci->get_error_message());
}

absl::Status StatementFailed(const soci::session& session, std::string_view words) {
  std::string statement = session.get_last_query();
  if (statement.empty()) return Unavailable(words);
  if (statement.size() > kStatementBytesShown) statement = statement.substr(0, kStatementBytesShown) + "...";
  return Unavailable(absl::StrCat(words, " in \"", statement, "\""));
}

absl::Status CheckChannel(std::string_view channel) {
  if (!channel.empty() && channel.size() <= kChannelBytesMax) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "CHANNEL_INVALID",
               absl::StrCat("channel: must have 1 to ", kChannelBytesMax, " bytes, has ", channel.size()));
}

}  // namespace overlock::storage
