// Tokens that `overlock login` keeps.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_CREDENTIALS_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_CREDENTIALS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/config/json_document.h"

namespace overlock::cli {

// A token for each target, in a file that its owner alone can read: {"tokens": {"127.0.0.1:9001": "ovl_..."}}.
class Credentials {
 public:
  // `$XDG_CONFIG_HOME/overlock/credentials.json`, or below `$HOME/.config`; empty if neither is set.
  static std::string DefaultPath();

  // With an empty path there is nothing, and nothing can be kept.
  explicit Credentials(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  // FAILED_PRECONDITION (`BAD_CREDENTIALS`) if the file is none of ours or others may read it; (`FILE_UNREADABLE`).
  absl::StatusOr<std::optional<std::string>> Find(std::string_view target) const;
  // Makes file and directory if they are missing. The file is the old or the new one at any time. Errors of Find();
  // FAILED_PRECONDITION (`FILE_UNWRITABLE`).
  absl::Status Keep(std::string_view target, std::string_view token) const;
  // Whether there was one.
  absl::StatusOr<bool> Forget(std::string_view target) const;

 private:
  absl::StatusOr<config::JsonValue> Load() const;
  absl::Status Store(const config::JsonValue& tokens) const;

  const std::string path_;
};

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_CREDENTIALS_H_
