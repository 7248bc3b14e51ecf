#include "services/overlock/cli/connection.h"

#include <stdlib.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/overlock/cli/credentials.h"
#include "services/overlock/cli/files.h"

namespace overlock::cli {
namespace {

constexpr size_t kTokenBytesMax = 4096;
constexpr char kTokenVariable[] = "OVERLOCK_TOKEN";

absl::StatusOr<FoundToken> ReadTokenFile(const std::string& path, const std::string& where) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string content, ReadFile(path));
  OVERLOCK_ASSIGN_OR_RETURN(std::string token, CleanToken(path, content));
  return FoundToken{std::move(token), where};
}

}  // namespace

void AddConnectionOptions(CLI::App& app, ConnectionOptions& options) {
  const char* group = "Connection (every command)";
  app.add_option("--config_target", options.config_target, "Where the config service is: HOST:PORT.")
      ->envname("OVERLOCK_CONFIG_TARGET")
      ->capture_default_str()
      ->group(group);
  app.add_option("--auth_target", options.auth_target,
                 "Where the auth service is, for users and `audit`: HOST:PORT. Default: where config is, as with "
                 "`overlock serve`.")
      ->envname("OVERLOCK_AUTH_TARGET")
      ->group(group);
  app.add_option("--token_file", options.token_file, "A file that holds the admin token.")
      ->envname("OVERLOCK_TOKEN_FILE")
      ->group(group);
  app.add_option("--timeout", options.timeout_seconds, "Seconds to wait for an answer; a minute where none is given.")
      ->check(CLI::Range(1, 3600))
      ->group(group);
  app.add_option("--tls_cert", options.tls.cert, "PEM file: a certificate to show the server.")
      ->envname("OVERLOCK_TLS_CERT")
      ->group(group);
  app.add_option("--tls_key", options.tls.key, "PEM file: the certificate's private key.")
      ->envname("OVERLOCK_TLS_KEY")
      ->group(group);
  app.add_option("--tls_ca", options.tls.ca, "PEM file: the authorities whose certificates are accepted.")
      ->envname("OVERLOCK_TLS_CA")
      ->group(group);
  app.add_flag("--insecure", options.tls.insecure, "Allow plain text beyond loopback. For trusted networks only.")
      ->envname("OVERLOCK_INSECURE")
      ->group(group);
}

absl::StatusOr<std::string> CleanToken(const std::string& where, const std::string& text) {
  std::string token(absl::StripAsciiWhitespace(text));
  bool good = !token.empty() && token.size() <= kTokenBytesMax;
  for (char c : token) good = good && absl::ascii_isgraph(static_cast<unsigned char>(c));
  if (good) return token;
  return Error(absl::StatusCode::kInvalidArgument, "TOKEN_FILE_UNUSABLE",
               absl::StrCat(where, ": holds no token; allowed: one word such as ovl_..., without a space"));
}

absl::StatusOr<FoundToken> FindGivenToken(const ConnectionOptions& options) {
  if (!options.token_file.empty()) {
    return ReadTokenFile(options.token_file, absl::StrCat("--token_file ", options.token_file));
  }
  if (const char* value = getenv(kTokenVariable); value != nullptr && *value != '\0') {
    OVERLOCK_ASSIGN_OR_RETURN(std::string token, CleanToken(kTokenVariable, value));
    return FoundToken{std::move(token), kTokenVariable};
  }
  return FoundToken();
}

absl::StatusOr<FoundToken> FindToken(const ConnectionOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(FoundToken given, FindGivenToken(options));
  if (!given.token.empty()) return given;
  Credentials credentials(Credentials::DefaultPath());
  OVERLOCK_ASSIGN_OR_RETURN(std::optional<std::string> kept, credentials.Find(options.config_target));
  if (kept) {
    OVERLOCK_ASSIGN_OR_RETURN(std::string token, CleanToken(credentials.path(), *kept));
    return FoundToken{std::move(token), credentials.path()};
  }
  if (rpc::IsLoopback(options.config_target) && access(kLocalTokenPath, R_OK) == 0) {
    return ReadTokenFile(kLocalTokenPath, kLocalTokenPath);
  }
  return FoundToken();
}

}  // namespace overlock::cli
