#include "services/overlock/cli/exit_code.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "common/status/status.h"

namespace overlock::cli {
namespace {

// Reasons for which nothing was asked.
constexpr std::array<std::string_view, 13> kUsageReasons = {
    "BAD_USAGE",       "APP_UNSPECIFIED",    "APP_ROOT_NOT_FOUND",   "FILE_UNREADABLE",     "FILE_UNWRITABLE",
    "FILE_TOO_LARGE",  "TOO_MANY_FILES",     "TLS_FILES_INCOMPLETE", "TLS_FILE_UNREADABLE", "PLAIN_TEXT_REFUSED",
    "BAD_CREDENTIALS", "SERVER_NOT_STARTED", "TOKEN_FILE_UNUSABLE",
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kHints = {{
    {"TOKEN_MISSING",
     "`overlock login` keeps a token for this server; --token_file and OVERLOCK_TOKEN_FILE name a file with one"},
    {"TOKEN_INVALID", "`overlock whoami` says which token is used; `overlock login` takes another one"},
    {"TOKEN_EXPIRED", "ask an admin for another one: `overlock tokens create`"},
    {"NO_DRAFT", "`overlock draft begin` begins one"},
    {"DRAFT_EXISTS",
     "--draft changes the draft; `overlock deploy` puts it in force, `overlock draft discard` gives it up"},
    {"DRAFT_OUTDATED", "`overlock draft show` says what it changes; `overlock deploy --force` deploys it all the same"},
    {"ETAG_MISMATCH", "run it again: it starts from what is there now"},
    {"APP_NOT_FOUND", "`overlock apps list` lists the applications"},
    {"AUTH_NOT_THERE",
     "--auth_target and OVERLOCK_AUTH_TARGET say where the auth service is, if it is not in one process with config"},
    {"USER_NOT_FOUND", "`overlock users list --search TEXT` finds users by a part of their email address"},
    {"USER_WITHOUT_EMAIL", "`overlock users link USER --provider local-userpass --identity EMAIL` gives one"},
    {"API_KEY_NOT_FOUND", "`overlock users api-keys list` lists them with their ids"},
}};

}  // namespace

int ExitCodeFor(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  if (std::find(kUsageReasons.begin(), kUsageReasons.end(), reason) != kUsageReasons.end()) return kExitUsage;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitDone;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kExitUnreachable;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return kExitNotAllowed;
    default:
      return kExitRefused;
  }
}

absl::Status UsageError(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_USAGE", message);
}

absl::Status Cancelled(std::string_view message) { return Error(absl::StatusCode::kCancelled, "CANCELLED", message); }

std::string_view HintFor(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  for (const auto& [known, hint] : kHints) {
    if (known == reason) return hint;
  }
  return "";
}

}  // namespace overlock::cli
