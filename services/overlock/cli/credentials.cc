#include "services/overlock/cli/credentials.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/json_text.h"
#include "services/overlock/cli/files.h"

namespace overlock::cli {
namespace {

namespace fs = std::filesystem;

using config::JsonValue;

absl::Status Bad(const std::string& path, std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "BAD_CREDENTIALS", absl::StrCat(path, ": ", why));
}

absl::Status Unwritable(const std::string& path, std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "FILE_UNWRITABLE", absl::StrCat(path, ": ", why));
}

std::string FromEnvironment(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string Credentials::DefaultPath() {
  std::string base = FromEnvironment("XDG_CONFIG_HOME");
  if (base.empty()) {
    const std::string home = FromEnvironment("HOME");
    if (home.empty()) return "";
    base = home + "/.config";
  }
  return base + "/overlock/credentials.json";
}

absl::StatusOr<JsonValue> Credentials::Load() const {
  struct stat status = {};
  if (path_.empty() || stat(path_.c_str(), &status) != 0) return config::MakeObject();
  if ((status.st_mode & 077) != 0) {
    return Bad(path_, absl::StrCat("others may read the tokens in it; `chmod 600 ", path_, "`"));
  }
  OVERLOCK_ASSIGN_OR_RETURN(std::string text, ReadFile(path_));
  absl::StatusOr<config::JsonDocument> document = config::ParseJson(text);
  if (!document.ok()) return Bad(path_, document.status().message());
  const JsonValue* tokens = document->root.Find("tokens");
  if (tokens == nullptr) return config::MakeObject();
  if (tokens->kind != JsonValue::Kind::kObject) return Bad(path_, "tokens: must be an object");
  return *tokens;
}

absl::StatusOr<std::optional<std::string>> Credentials::Find(std::string_view target) const {
  OVERLOCK_ASSIGN_OR_RETURN(JsonValue tokens, Load());
  const JsonValue* token = tokens.Find(target);
  if (token == nullptr || token->kind != JsonValue::Kind::kString) return std::nullopt;
  return token->text;
}

absl::Status Credentials::Keep(std::string_view target, std::string_view token) const {
  if (path_.empty()) return Unwritable("credentials", "neither XDG_CONFIG_HOME nor HOME says where they belong");
  OVERLOCK_ASSIGN_OR_RETURN(JsonValue tokens, Load());
  config::SetMember(tokens, target, config::MakeString(token));
  return Store(tokens);
}

absl::StatusOr<bool> Credentials::Forget(std::string_view target) const {
  OVERLOCK_ASSIGN_OR_RETURN(JsonValue tokens, Load());
  if (tokens.Find(target) == nullptr) return false;
  config::RemoveMember(tokens, target);
  OVERLOCK_RETURN_IF_ERROR(Store(tokens));
  return true;
}

absl::Status Credentials::Store(const JsonValue& tokens) const {
  const fs::path directory = fs::path(path_).parent_path();
  std::error_code error;
  if (fs::create_directories(directory, error)) {
    fs::permissions(directory, fs::perms::owner_all, error);
  }
  if (error) return Unwritable(directory.string(), error.message());
  JsonValue document = config::MakeObject();
  config::SetMember(document, "tokens", tokens);
  return WriteFile(path_, config::ToPrettyText(document), 0600);
}

}  // namespace overlock::cli
