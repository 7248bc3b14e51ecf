#include "services/executor/data/mongoc/uri.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/status/status.h"
#include "services/executor/data/mongoc/library.h"

namespace overlock::executor {
namespace {

constexpr int32_t kServerSelectionMilliseconds = 5'000;
// What would read this machine's files, or show a server who this machine is.
constexpr std::array kOperatorOptions = {MONGOC_URI_TLSCERTIFICATEKEYFILE, MONGOC_URI_TLSCAFILE};
constexpr size_t kUserBytesMin = 4;
constexpr std::array<std::string_view, 3> kApplicationMechanisms = {"SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN"};

absl::Status Bad(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "MONGODB_URI_BAD", message);
}

// What stands between `://` and the last `@` before the path: user and password as they are written.
std::string_view WrittenCredentials(std::string_view text) {
  const size_t begin = text.find("://");
  if (begin == std::string_view::npos) return "";
  text.remove_prefix(begin + 3);
  const size_t at = text.substr(0, text.find_first_of("/?")).rfind('@');
  return at == std::string_view::npos ? std::string_view() : text.substr(0, at);
}

absl::Status CheckApplicationUri(const mongoc_uri_t* uri) {
  const bson_t* options = mongoc_uri_get_options(uri);
  for (const char* option : kOperatorOptions) {
    bson_iter_t found;
    if (bson_iter_init_find_case(&found, options, option)) {
      return Bad(absl::StrCat("the connection string of a service must not name files (", option, ")"));
    }
  }
  for (const mongoc_host_list_t* host = mongoc_uri_get_hosts(uri); host != nullptr; host = host->next) {
    if (host->host[0] == '/') return Bad("the connection string of a service must not name a socket of this machine");
  }
  const char* mechanism = mongoc_uri_get_auth_mechanism(uri);
  if (mechanism != nullptr && std::find(kApplicationMechanisms.begin(), kApplicationMechanisms.end(),
                                        std::string_view(mechanism)) == kApplicationMechanisms.end()) {
    return Bad("authMechanism: allowed in the connection string of a service: SCRAM-SHA-1, SCRAM-SHA-256, PLAIN");
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const mongoc_uri_t* uri) {
  if (mongoc_uri_get_option_as_bool(uri, MONGOC_URI_LOADBALANCED, false)) {
    return Bad("loadBalanced: clusters behind a load balancer are not supported");
  }
  if (!mongoc_write_concern_is_acknowledged(mongoc_uri_get_write_concern(uri))) {
    return Bad("w: unacknowledged writes are not supported");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MongoUri> MongoUri::Parse(const std::string& text, UriOwner owner) {
  if (!absl::StartsWith(text, "mongodb://") && !absl::StartsWith(text, "mongodb+srv://")) {
    return Bad("a connection string begins with mongodb:// or mongodb+srv://");
  }
  StartMongoLibrary();
  QuietMongoLibrary quiet;
  MongoUri parsed;
  bson_error_t ignored;
  parsed.uri_.reset(mongoc_uri_new_with_error(text.c_str(), &ignored));
  mongoc_uri_t* uri = parsed.uri_.get();
  if (uri == nullptr) return Bad("the connection string cannot be read; are `:`, `/`, `@`, `%` in it percent-encoded?");
  OVERLOCK_RETURN_IF_ERROR(CheckOptions(uri));
  if (owner == UriOwner::kApplication) OVERLOCK_RETURN_IF_ERROR(CheckApplicationUri(uri));
  parsed.retries_writes_ = mongoc_uri_get_option_as_bool(uri, MONGOC_URI_RETRYWRITES, true);
  mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false);
  if (mongoc_uri_get_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 0) == 0) {
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, kServerSelectionMilliseconds);
  }
  if (mongoc_uri_get_appname(uri) == nullptr) mongoc_uri_set_appname(uri, "overlock");
  const std::string_view written = WrittenCredentials(text);
  const size_t colon = written.find(':');
  const char* user = mongoc_uri_get_username(uri);
  const char* password = mongoc_uri_get_password(uri);
  if (!written.empty()) parsed.secrets_.emplace_back(written);
  if (colon != std::string_view::npos && colon + 1 < written.size()) {
    parsed.secrets_.emplace_back(written.substr(colon + 1));
  }
  if (password != nullptr && *password != 0) parsed.secrets_.emplace_back(password);
  // A shorter name is part of many words.
  if (user != nullptr && std::string_view(user).size() >= kUserBytesMin) parsed.secrets_.emplace_back(user);
  return parsed;
}

std::string MongoUri::Redact(std::string message) const {
  for (const std::string& secret : secrets_) absl::StrReplaceAll({{secret, "***"}}, &message);
  return message;
}

bool HasPassword(std::string_view uri) { return absl::StrContains(WrittenCredentials(uri), ":"); }

}  // namespace overlock::executor
