// Tokens, and who changed what.
#include <google/protobuf/util/time_util.h>

#include <algorithm>
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

constexpr int kPageSize = 500;
constexpr int kAuditLinesMax = 100'000;

struct TokenOptions {
  std::string name;
  std::string role;
  std::vector<std::string> apps;
  std::string expires_in;
};

struct AuditOptions {
  std::string app_id;
  int limit = 50;
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

absl::StatusOr<int> Audit(Run& run, const AuditOptions& options) {
  v1::ListAuditRecordsRequest request;
  request.set_app_id(options.app_id);
  v1::ListAuditRecordsResponse all;
  do {
    request.set_page_size(std::min(options.limit - all.records_size(), kPageSize));
    OVERLOCK_ASSIGN_OR_RETURN(v1::ListAuditRecordsResponse page, run.Ask(&AppAdmin::ListAuditRecords, request));
    all.mutable_records()->MergeFrom(page.records());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && all.records_size() < options.limit);
  if (run.output().json()) {
    run.output().Json(all);
    return kExitDone;
  }
  Table table({"TIME", "WHO", "FROM", "APPLICATION", "ACTION", "WHAT", "REVISION", "NOTE"});
  for (const v1::AuditRecord& record : all.records()) {
    table.Add({FormatTime(record.time()), record.actor(), record.peer(), record.app_id(), record.action(),
               record.subject(), record.revision() == 0 ? "" : absl::StrCat(record.revision()), record.note()});
  }
  run.output().Print(table);
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

  auto audit_options = std::make_shared<AuditOptions>();
  CLI::App& audit = line.AddCommand(line.root(), "audit", "Say who changed what, newest first.",
                                    {"overlock audit", "overlock audit --app shop-abcde --limit 500 --json"},
                                    [audit_options](Run& run) { return Audit(run, *audit_options); });
  audit.group(kAccessGroup);
  audit.add_option("--app", audit_options->app_id, "Only what concerns this application.");
  audit.add_option("--limit", audit_options->limit, "At most so many.")
      ->check(CLI::Range(1, kAuditLinesMax))
      ->capture_default_str();
}

}  // namespace overlock::cli
