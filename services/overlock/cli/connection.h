// Where the server is, and what proves to it who asks.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_CONNECTION_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_CONNECTION_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/credentials.h"

namespace CLI {
class App;
}

namespace overlock::cli {

struct ConnectionOptions {
  std::string config_target = "127.0.0.1:9001";
  // Empty: where config is, as with `overlock serve`.
  std::string auth_target;
  std::string token_file;
  // 0 for what the command needs: a minute, or longer where functions run.
  int timeout_seconds = 0;
  rpc::TlsOptions tls;
};

void AddConnectionOptions(CLI::App& app, ConnectionOptions& options);

struct FoundToken {
  // Empty if there is none.
  std::string token;
  // For people: `--token_file`, `OVERLOCK_TOKEN`, ...
  std::string where;
};

// The first of: the file of --token_file; the environment variable OVERLOCK_TOKEN; what `overlock login` kept for the
// target; for a target on this machine `.overlock/admin.token`, which `overlock serve` writes with its default data
// directory. A command line never holds one: others can read it. Errors: those of Credentials::Find();
// FAILED_PRECONDITION (`TOKEN_FILE_UNUSABLE`) if a file holds no token.
absl::StatusOr<FoundToken> FindToken(const ConnectionOptions& options);

// The first two of these only; empty if there is neither.
absl::StatusOr<FoundToken> FindGivenToken(const ConnectionOptions& options);

// A token without the white space around it. INVALID_ARGUMENT (`TOKEN_FILE_UNUSABLE`), `where` says of what.
absl::StatusOr<std::string> CleanToken(const std::string& where, const std::string& text);

// What `overlock serve` writes, below the working directory.
inline constexpr char kLocalTokenPath[] = ".overlock/admin.token";

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_CONNECTION_H_
