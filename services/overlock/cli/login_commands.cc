// Whose token is used for which server.
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/credentials.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/questions.h"
#include "services/overlock/cli/text.h"
#include "services/overlock/cli/words.h"

namespace overlock::cli {
namespace {

using config::AppAdmin;
namespace v1 = config::v1;

// The token that is to be kept: the one of the options, or what is typed or piped in.
absl::StatusOr<std::string> TokenToKeep(const ConnectionOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(FoundToken given, FindGivenToken(options));
  if (!given.token.empty()) return given.token;
  if (!Questions::CanAsk()) {
    OVERLOCK_ASSIGN_OR_RETURN(std::string input, ReadStandardInput());
    return CleanToken("standard input", input);
  }
  const bool local = rpc::IsLoopback(options.config_target) && access(kLocalTokenPath, R_OK) == 0;
  OVERLOCK_ASSIGN_OR_RETURN(
      std::string typed,
      Questions::Hidden(absl::StrCat("Admin token for ", options.config_target,
                                     local ? absl::StrCat(" (empty: the one in ", kLocalTokenPath, ")") : "")));
  if (!typed.empty() || !local) return CleanToken("the token", typed);
  OVERLOCK_ASSIGN_OR_RETURN(std::string content, ReadFile(kLocalTokenPath));
  return CleanToken(kLocalTokenPath, content);
}

std::string AppsOf(const v1::Token& token) {
  return token.app_ids().empty() ? "all" : absl::StrJoin(token.app_ids(), ", ");
}

absl::StatusOr<int> Login(Run& run) {
  const ConnectionOptions& options = run.globals().connection;
  OVERLOCK_ASSIGN_OR_RETURN(std::string secret, TokenToKeep(options));
  run.UseToken(secret);
  OVERLOCK_ASSIGN_OR_RETURN(v1::GetTokenInfoResponse info, run.Ask(&AppAdmin::GetTokenInfo, v1::GetTokenInfoRequest()));
  Credentials credentials(Credentials::DefaultPath());
  OVERLOCK_RETURN_IF_ERROR(credentials.Keep(options.config_target, secret));
  if (run.output().json()) {
    run.output().Json(info);
    return kExitDone;
  }
  run.output().Line(absl::StrCat("logged in to ", options.config_target, " as ", info.token().name(), " (",
                                 RoleWord(info.token().role()), ")"));
  run.output().Note(absl::StrCat("the token is kept in ", credentials.path()));
  return kExitDone;
}

absl::StatusOr<int> Logout(Run& run) {
  const std::string& target = run.globals().connection.config_target;
  OVERLOCK_ASSIGN_OR_RETURN(bool known, Credentials(Credentials::DefaultPath()).Forget(target));
  if (run.output().json()) run.output().Json(std::string(known ? "{\"forgotten\": true}" : "{\"forgotten\": false}"));
  run.output().Line(absl::StrCat(known ? "forgot the token for " : "there was no token for ", target));
  return kExitDone;
}

absl::StatusOr<int> Whoami(Run& run) {
  const ConnectionOptions& options = run.globals().connection;
  OVERLOCK_ASSIGN_OR_RETURN(FoundToken found, FindToken(options));
  run.UseToken(found.token);
  OVERLOCK_ASSIGN_OR_RETURN(v1::GetTokenInfoResponse info, run.Ask(&AppAdmin::GetTokenInfo, v1::GetTokenInfoRequest()));
  if (run.output().json()) {
    run.output().Json(info);
    return kExitDone;
  }
  Table table;
  table.Add({"name", info.token().name()});
  table.Add({"role", std::string(RoleWord(info.token().role()))});
  table.Add({"applications", AppsOf(info.token())});
  table.Add({"expires", FormatTime(info.token().expire_time())});
  table.Add({"server", options.config_target});
  table.Add({"token from", found.where});
  run.output().Print(table);
  return kExitDone;
}

}  // namespace

void AddLoginCommands(CommandLine& line) {
  line.AddCommand(line.root(), "login",
                  "Check an admin token and keep it for this server. It is asked for, read from standard input, "
                  "--token_file or OVERLOCK_TOKEN.",
                  {"overlock login", "overlock login --token_file .overlock/admin.token",
                   "overlock login --config_target config.example.com:9001 --tls_ca ca.pem ... < token"},
                  &Login)
      .group(kAccessGroup);
  line.AddCommand(line.root(), "logout", "Forget the token of this server.", {"overlock logout"}, &Logout)
      .group(kAccessGroup);
  line.AddCommand(line.root(), "whoami", "Say whose token is used, what it may do, and where it comes from.",
                  {"overlock whoami", "overlock whoami --json"}, &Whoami)
      .group(kAccessGroup);
}

}  // namespace overlock::cli
