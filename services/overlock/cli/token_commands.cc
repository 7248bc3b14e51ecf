// Tokens.
#include <google/protobuf/util/time_util.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/text.h"
#include "services/overlock/cli/words.h"

namespace overlock::cli {
namespace {

using config::AppAdmin;
namespace v1 = config::v1;

struct TokenOptions {
  std::string name;
  std::string role;
  std::vector<std::string> apps;
  std::string expires_in;
};

std::string AppsOf(const v1::Token& token) {
  return token.app_ids().empty() ? "all" : absl::StrJoin(token.app_ids(), ", ");
}

absl::StatusOr<int> ListTokens(Run& run) {
  OVERLOCK_ASSIGN_OR_RETURN(v1::ListTokensResponse response, run.Ask(&AppAdmin::ListTokens, v1::ListTokensRequest()));
  if (run.output().json()) {
    run.output().Json(response);
    return kExitDone;
  }
  Table table({"NAME", "ROLE", "APPLICATIONS", "CREATED", "EXPIRES", "BY"});
  for (const v1::Token& token : response.tokens()) {
    table.Add({token.name(), std::string(RoleWord(token.role())), AppsOf(token), FormatTime(token.create_time()),
               FormatTime(token.expire_time()), token.created_by()});
  }
  run.output().Print(table);
  return kExitDone;
}

absl::StatusOr<int> CreateToken(Run& run, const TokenOptions& options) {
  v1::CreateTokenRequest request;
  v1::Token& token = *request.mutable_token();
  token.set_name(options.name);
  token.set_role(options.role == "admin"    ? v1::ROLE_ADMIN
                 : options.role == "editor" ? v1::ROLE_EDITOR
                                            : v1::ROLE_VIEWER);
  for (const std::string& app : options.apps) token.add_app_ids(app);
  if (!options.expires_in.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(absl::Duration left, ParseDuration(options.expires_in));
    *token.mutable_expire_time() =
        google::protobuf::util::TimeUtil::SecondsToTimestamp(absl::ToUnixSeconds(absl::Now() + left));
  }
  OVERLOCK_ASSIGN_OR_RETURN(v1::CreateTokenResponse response, run.Ask(&AppAdmin::CreateToken, std::move(request)));
  if (run.output().json()) {
    run.output().Json(response);
    return kExitDone;
  }
  run.output().Note(absl::StrCat("the token of ", response.token().name(), " (", RoleWord(response.token().role()),
                                 ", applications: ", AppsOf(response.token()), ", expires: ",
                                 FormatTime(response.token().expire_time()), "); nobody can show it again:"));
  run.output().Line(response.secret());
  return kExitDone;
}

absl::StatusOr<int> DeleteToken(Run& run, const std::string& name) {
  OVERLOCK_RETURN_IF_ERROR(run.Confirm(absl::StrCat("End the token '", Printable(name), "'?")));
  v1::DeleteTokenRequest request;
  request.set_name(name);
  OVERLOCK_ASSIGN_OR_RETURN(v1::DeleteTokenResponse response, run.Ask(&AppAdmin::DeleteToken, std::move(request)));
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat("token ", Printable(name), ": ended"));
  return kExitDone;
}

}  // namespace

void AddTokenCommands(CommandLine& line) {
  CLI::App& tokens = line.AddGroup(line.root(), "tokens", "Tokens for people and pipelines.");
  tokens.group(kAccessGroup)->alias("token");
  line.AddCommand(tokens, "list", "List the tokens; what proves them is not kept.", {"overlock tokens list"},
                  &ListTokens);

  auto options = std::make_shared<TokenOptions>();
  CLI::App& create =
      line.AddCommand(tokens, "create", "Make a token and print it, this once: alone on standard output.",
                      {"overlock tokens create ci --role editor --app shop-abcde --expires_in 90d > token",
                       "overlock tokens create alice@example.com --role admin"},
                      [options](Run& run) { return CreateToken(run, *options); });
  create.add_option("NAME", options->name, "Whose it is: it stands in the history.")->required();
  create
      .add_option("--role", options->role,
                  "viewer may look, editor change applications, admin make them and tokens as well.")
      ->required()
      ->check(CLI::IsMember({"viewer", "editor", "admin"}));
  create.add_option("--app", options->apps, "An application that it is for; several times for several. Default: all.")
      ->allow_extra_args(false);
  create.add_option("--expires_in", options->expires_in, "How long it is good: such as 90d, 12h. Default: for ever.");

  auto name = std::make_shared<std::string>();
  CLI::App& remove = line.AddCommand(tokens, "delete", "End a token at once.", {"overlock tokens delete ci"},
                                     [name](Run& run) { return DeleteToken(run, *name); });
  remove.add_option("NAME", *name, "Which.")->required();
}

}  // namespace overlock::cli
