// Users of applications. A password never stands on a command line: others can read it.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/config/json_text.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/questions.h"
#include "services/overlock/cli/settings.h"
#include "services/overlock/cli/text.h"
#include "services/overlock/cli/user_names.h"
#include "services/overlock/cli/words.h"

namespace overlock::cli {
namespace {

using auth::UserAdmin;
namespace v1 = auth::v1;

constexpr int kPageSize = 100;
constexpr int kLinesMax = 100'000;

struct ListOptions {
  std::string app_id;
  std::string search;
  std::string state;
  std::string provider;
  std::string page_token;
  int limit = 100;
};

struct UserOptions {
  std::string app_id;
  // Who: an id, or an email address.
  std::string name;
  // Of a new one.
  std::string id;
  std::string email;
  std::string type = "normal";
  std::string password_file;
  std::string data;
  std::string provider;
  std::string identity;
  bool all = false;
  bool check = false;
};

std::string StateOf(const v1::UserRecord& user) { return user.disabled() ? "disabled" : "enabled"; }

std::string ProvidersOf(const v1::UserRecord& user) {
  std::set<std::string> types;
  for (const v1::Identity& identity : user.identities()) types.insert(identity.provider_type());
  return absl::StrJoin(types, ", ");
}

absl::StatusOr<std::string> ReadPassword(const std::string& file, const std::string& whose) {
  std::string password;
  if (!file.empty() || !Questions::CanAsk()) {
    OVERLOCK_ASSIGN_OR_RETURN(password, ReadSecretFile(file.empty() ? "-" : file));
  } else {
    OVERLOCK_ASSIGN_OR_RETURN(password, Questions::Hidden(absl::StrCat("Password of ", Printable(whose))));
    OVERLOCK_ASSIGN_OR_RETURN(std::string again, Questions::Hidden("The same again"));
    if (again != password) return UsageError("the two are not the same; nothing was done");
  }
  // What the server would take as a user without one.
  if (password.empty()) return UsageError("--password_file: the password is empty");
  return password;
}

absl::StatusOr<std::string> ReadData(const std::string& argument) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string text, TextOrFile(argument));
  OVERLOCK_RETURN_IF_ERROR(ParseObject("--data", text).status());
  return text;
}

absl::StatusOr<int> ListUsers(Run& run, const ListOptions& options) {
  v1::ListUsersRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), FindUsersApp(run, options.app_id));
  request.set_search(options.search);
  if (options.state == "enabled") request.set_state(v1::ListUsersRequest::STATE_ENABLED);
  if (options.state == "disabled") request.set_state(v1::ListUsersRequest::STATE_DISABLED);
  request.set_provider_type(options.provider);
  request.set_page_token(options.page_token);
  v1::ListUsersResponse all;
  do {
    request.set_page_size(std::min(options.limit - all.users_size(), kPageSize));
    OVERLOCK_ASSIGN_OR_RETURN(v1::ListUsersResponse page, run.Ask(&UserAdmin::ListUsers, request));
    all.mutable_users()->MergeFrom(page.users());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && all.users_size() < options.limit);
  all.set_next_page_token(request.page_token());
  if (run.output().json()) {
    run.output().Json(all);
    return kExitDone;
  }
  Table table({"ID", "EMAIL", "STATE", "TYPE", "PROVIDERS", "CREATED", "LAST LOGIN"});
  for (const v1::UserRecord& user : all.users()) {
    table.Add({user.id(), user.email(), StateOf(user), std::string(UserTypeWord(user.type())), ProvidersOf(user),
               FormatTime(user.create_time()), FormatTime(user.last_login_time())});
  }
  run.output().Print(table);
  if (!all.next_page_token().empty()) {
    run.output().Note(absl::StrCat("there are more: --page_token ", all.next_page_token(), " lists those after these"));
  }
  return kExitDone;
}

void PrintUser(const Output& output, const v1::UserRecord& user) {
  Table table;
  table.Add({"user", user.id()});
  table.Add({"application", user.app_id()});
  table.Add({"email", user.email().empty() ? "none" : user.email()});
  table.Add({"password", user.has_password() ? "yes" : "none"});
  table.Add({"state", StateOf(user)});
  table.Add({"type", std::string(UserTypeWord(user.type()))});
  table.Add({"created", FormatTime(user.create_time())});
  table.Add({"last login", FormatTime(user.last_login_time())});
  output.Print(table);
  if (user.identities().empty()) return;
  output.Raw("\n");
  Table identities({"PROVIDER", "IDENTITY"});
  for (const v1::Identity& identity : user.identities()) identities.Add({identity.provider_type(), identity.id()});
  output.Print(identities);
}

absl::StatusOr<int> ShowUser(Run& run, const UserOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string app_id, FindUsersApp(run, options.app_id));
  v1::GetUserResponse response;
  OVERLOCK_ASSIGN_OR_RETURN(*response.mutable_user(), FindUser(run, app_id, options.name));
  if (run.output().json()) {
    run.output().Json(response);
    return kExitDone;
  }
  PrintUser(run.output(), response.user());
  OVERLOCK_ASSIGN_OR_RETURN(config::JsonValue data, ParseObject("data_json", response.user().data_json()));
  run.output().Raw(absl::StrCat("\n", Printable(config::ToPrettyText(data), true)));
  return kExitDone;
}

absl::StatusOr<int> CreateUser(Run& run, const UserOptions& options) {
  if (!options.id.empty() && !IsUserId(options.id)) return UsageError("--id: must be 24 hexadecimal digits");
  v1::CreateUserRequest request;
  request.set_user_id(options.id);
  request.set_email(options.email);
  request.set_type(options.type == "server" ? type::v1::User::TYPE_SERVER : type::v1::User::TYPE_NORMAL);
  if (!options.data.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_data_json(), ReadData(options.data));
  }
  request.set_validate_only(options.check);
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), FindUsersApp(run, options.app_id));
  if (!options.email.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_password(), ReadPassword(options.password_file, options.email));
  }
  const std::string app_id = request.app_id();
  OVERLOCK_ASSIGN_OR_RETURN(v1::CreateUserResponse response, run.Ask(&UserAdmin::CreateUser, std::move(request)));
  if (!options.email.empty()) NoteProvider(run, app_id, "local-userpass");
  if (run.output().json()) run.output().Json(response);
  run.output().Line(options.check ? "no errors; nothing was changed"
                                  : absl::StrCat(DescribeUser(response.user()), ": created"));
  return kExitDone;
}

// A request about the user whom the options name, who is found first: `user` tells of them.
template <class Request>
absl::StatusOr<Request> RequestAbout(Run& run, const UserOptions& options, v1::UserRecord& user) {
  Request request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), FindUsersApp(run, options.app_id));
  OVERLOCK_ASSIGN_OR_RETURN(user, FindUser(run, request.app_id(), options.name));
  request.set_user_id(user.id());
  return request;
}

// DisableUser, EnableUser.
template <class Request, class Response>
absl::StatusOr<int> SetState(Run& run, const UserOptions& options,
                             UserAdmin::Answer<Response> (UserAdmin::*method)(Request, CallContext)) {
  v1::UserRecord user;
  OVERLOCK_ASSIGN_OR_RETURN(Request request, RequestAbout<Request>(run, options, user));
  OVERLOCK_ASSIGN_OR_RETURN(Response response, run.Ask(method, std::move(request)));
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat(DescribeUser(response.user()), ": ",
                                 user.disabled() == response.user().disabled() ? "nothing to do, is " : "",
                                 StateOf(response.user())));
  return kExitDone;
}

absl::StatusOr<int> UpdateUser(Run& run, const UserOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string data, ReadData(options.data));
  v1::UserRecord user;
  OVERLOCK_ASSIGN_OR_RETURN(auto request, RequestAbout<v1::SetUserDataRequest>(run, options, user));
  request.set_data_json(std::move(data));
  OVERLOCK_ASSIGN_OR_RETURN(v1::SetUserDataResponse response, run.Ask(&UserAdmin::SetUserData, std::move(request)));
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat(DescribeUser(response.user()), ": has this data"));
  return kExitDone;
}

absl::StatusOr<int> ResetPassword(Run& run, const UserOptions& options) {
  v1::UserRecord user;
  OVERLOCK_ASSIGN_OR_RETURN(auto request, RequestAbout<v1::SetPasswordRequest>(run, options, user));
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_password(), ReadPassword(options.password_file, DescribeUser(user)));
  request.set_validate_only(options.check);
  OVERLOCK_ASSIGN_OR_RETURN(v1::SetPasswordResponse response, run.Ask(&UserAdmin::SetPassword, std::move(request)));
  if (run.output().json()) run.output().Json(response);
  run.output().Line(options.check ? "no errors; nothing was changed"
                                  : absl::StrCat(DescribeUser(user), ": has the new password"));
  return kExitDone;
}

// What an application leaves that is gone.
absl::StatusOr<int> DeleteAllUsers(Run& run, const UserOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string app_id, FindUsersApp(run, options.app_id));
  OVERLOCK_RETURN_IF_ERROR(
      run.Confirm(absl::StrCat("Delete all users of ", Printable(app_id), " with identities and API keys?")));
  int deleted = 0;
  auto remove = [&](const v1::UserRecord& user) -> absl::StatusOr<bool> {
    v1::DeleteUserRequest request;
    request.set_app_id(app_id);
    request.set_user_id(user.id());
    OVERLOCK_RETURN_IF_ERROR(run.Ask(&UserAdmin::DeleteUser, std::move(request)).status());
    ++deleted;
    return true;
  };
  v1::ListUsersRequest request;
  request.set_app_id(app_id);
  OVERLOCK_RETURN_IF_ERROR(ForEachUser(run, std::move(request), remove));
  if (run.output().json()) run.output().Json(absl::StrCat("{\"deleted\": ", deleted, "}"));
  run.output().Line(absl::StrCat(app_id, ": users deleted: ", deleted));
  return kExitDone;
}

absl::StatusOr<int> DeleteUser(Run& run, const UserOptions& options) {
  if (options.all) return DeleteAllUsers(run, options);
  if (options.name.empty()) return UsageError("say which USER, or --all");
  v1::UserRecord user;
  OVERLOCK_ASSIGN_OR_RETURN(auto request, RequestAbout<v1::DeleteUserRequest>(run, options, user));
  request.set_validate_only(options.check);
  if (!options.check) {
    OVERLOCK_RETURN_IF_ERROR(run.Confirm(
        absl::StrCat("Delete the ", DescribeUser(user), " of ", user.app_id(), " with identities and API keys?")));
  }
  OVERLOCK_ASSIGN_OR_RETURN(v1::DeleteUserResponse response, run.Ask(&UserAdmin::DeleteUser, std::move(request)));
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat(DescribeUser(user), options.check ? ": could be deleted" : ": deleted"));
  return kExitDone;
}

absl::StatusOr<int> LinkIdentity(Run& run, const UserOptions& options) {
  v1::UserRecord user;
  OVERLOCK_ASSIGN_OR_RETURN(auto request, RequestAbout<v1::LinkIdentityRequest>(run, options, user));
  request.mutable_identity()->set_provider_type(options.provider);
  request.mutable_identity()->set_id(options.identity);
  request.set_validate_only(options.check);
  OVERLOCK_ASSIGN_OR_RETURN(v1::LinkIdentityResponse response, run.Ask(&UserAdmin::LinkIdentity, std::move(request)));
  if (run.output().json()) run.output().Json(response);
  run.output().Line(options.check ? "no errors; nothing was changed"
                                  : absl::StrCat(DescribeUser(response.user()), ": linked"));
  return kExitDone;
}

absl::StatusOr<int> UnlinkIdentity(Run& run, const UserOptions& options) {
  v1::UserRecord user;
  OVERLOCK_ASSIGN_OR_RETURN(auto request, RequestAbout<v1::UnlinkIdentityRequest>(run, options, user));
  request.mutable_identity()->set_provider_type(options.provider);
  request.mutable_identity()->set_id(options.identity);
  OVERLOCK_RETURN_IF_ERROR(run.Confirm(
      absl::StrCat("Unlink this identity of ", DescribeUser(user),
                   options.provider == "local-userpass" ? "? The email address and the password go with it." : "?")));
  OVERLOCK_ASSIGN_OR_RETURN(v1::UnlinkIdentityResponse response,
                            run.Ask(&UserAdmin::UnlinkIdentity, std::move(request)));
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat(DescribeUser(response.user()), ": unlinked"));
  return kExitDone;
}

CLI::Option* AddCheckOption(CLI::App& command, UserOptions& options) {
  return command.add_flag("--check", options.check, "Only say whether it could be done; change nothing.");
}

CLI::Option& AddPasswordOption(CLI::App& command, UserOptions& options) {
  return *command.add_option("--password_file", options.password_file,
                             "The file with the password; a line break at its end is not part of it. Default: it is "
                             "asked for, or read from standard input.");
}

CLI::Option& AddProviderOption(CLI::App& command, std::string& provider, const std::string& description) {
  return *command.add_option("--provider", provider, description)
              ->check(CLI::IsMember({"local-userpass", "api-key", "custom-token", "anon-user", "custom-function",
                                     "oauth2-google", "oauth2-facebook", "oauth2-apple"}));
}

void AddList(CommandLine& line, CLI::App& users) {
  auto options = std::make_shared<ListOptions>();
  CLI::App& list =
      line.AddCommand(users, "list", "List users, by id.",
                      {"overlock users list", "overlock users list --search @example.com --state disabled --json"},
                      [options](Run& run) { return ListUsers(run, *options); });
  list.add_option("--search", options->search, "Only those whose email address contains this, or whose id it is.");
  list.add_option("--state", options->state, "Only those.")->check(CLI::IsMember({"enabled", "disabled"}));
  AddProviderOption(list, options->provider, "Only those who have an identity of this provider.");
  list.add_option("--limit", options->limit, "At most so many.")
      ->check(CLI::Range(1, kLinesMax))
      ->capture_default_str();
  list.add_option("--page_token", options->page_token, "Go on after the list that ended with this.");
  AddAppOption(list, options->app_id);
}

void AddCreate(CommandLine& line, CLI::App& users) {
  auto options = std::make_shared<UserOptions>();
  CLI::App& create = line.AddCommand(
      users, "create", "Make a user: for a webhook that names the id, or to log in with a password.",
      {"overlock users create --id 5e7a1c0f9d3b2a4c6e8f0a98", "overlock users create --email ada@example.com",
       "overlock users create --email ada@example.com --password_file password.txt --data '{\"a\": 1}'"},
      [options](Run& run) { return CreateUser(run, *options); });
  create.add_option("--id", options->id,
                    "24 hexadecimal digits, such as a webhook's run_as_user_id. Default: a new one.");
  CLI::Option* email =
      create.add_option("--email", options->email, "The address to log in with; a password is needed then.");
  AddPasswordOption(create, *options).needs(email);
  create.add_option("--data", options->data, "What context.user.data holds: a JSON object, @FILE, or -.");
  create.add_option("--type", options->type, "What context.user.type is.")
      ->check(CLI::IsMember({"normal", "server"}))
      ->capture_default_str();
  AddCheckOption(create, *options);
  AddAppOption(create, options->app_id);
}

// A command about one user.
CLI::App& AddAbout(CommandLine& line, CLI::App& users, const std::string& name, const std::string& description,
                   const std::string& more, const std::shared_ptr<UserOptions>& options,
                   absl::StatusOr<int> (*work)(Run&, const UserOptions&)) {
  CLI::App& command =
      line.AddCommand(users, name, description, {absl::StrCat("overlock users ", name, " ada@example.com", more)},
                      [options, work](Run& run) { return work(run, *options); });
  command.add_option("USER", options->name, kUserOption)->required();
  AddAppOption(command, options->app_id);
  return command;
}

void AddDelete(CommandLine& line, CLI::App& users) {
  auto options = std::make_shared<UserOptions>();
  CLI::App& command =
      AddAbout(line, users, "delete", "Delete a user, or all, with identities and API keys.", "", options, &DeleteUser);
  CLI::Option* user = command.get_option("USER")->required(false);
  CLI::Option* all = command.add_flag("--all", options->all, "All users, also those that a deleted application left.");
  all->excludes(user)->excludes(AddCheckOption(command, *options));
}

void AddLinks(CommandLine& line, CLI::App& users) {
  auto link_options = std::make_shared<UserOptions>();
  CLI::App& link = AddAbout(line, users, "link", "Let a user log in by another identity.",
                            " --provider custom-token --identity 42", link_options, &LinkIdentity);
  AddProviderOption(link, link_options->provider, "Whose identity it is.").required();
  link.add_option("--identity", link_options->identity,
                  "How the provider knows the user: a token's sub, an email address for local-userpass.")
      ->required();
  AddCheckOption(link, *link_options);

  auto unlink_options = std::make_shared<UserOptions>();
  CLI::App& unlink = AddAbout(line, users, "unlink", "End that.", " --provider custom-token --identity 42",
                              unlink_options, &UnlinkIdentity);
  AddProviderOption(unlink, unlink_options->provider, "Whose identity it is.").required();
  unlink.add_option("--identity", unlink_options->identity, "The one that `show` shows.")->required();
}

}  // namespace

void AddUserCommands(CommandLine& line) {
  CLI::App& users = line.AddGroup(line.root(), "users", "Users of an application, as whom its webhooks run.");
  users.group(kAccessGroup)->alias("user");
  AddList(line, users);
  auto options = [] { return std::make_shared<UserOptions>(); };
  AddAbout(line, users, "show", "Show a user with identities and data.", "", options(), &ShowUser);
  AddCreate(line, users);

  auto update_options = options();
  CLI::App& update = AddAbout(line, users, "update", "Replace what context.user.data holds.",
                              " --data '{\"team\": \"a\"}'", update_options, &UpdateUser);
  update.add_option("--data", update_options->data, "A JSON object, @FILE, or - for standard input.")->required();

  AddAbout(line, users, "disable", "Refuse whatever would run as this user.", "", options(),
           [](Run& run, const UserOptions& which) { return SetState(run, which, &UserAdmin::DisableUser); });
  AddAbout(line, users, "enable", "End that.", "", options(),
           [](Run& run, const UserOptions& which) { return SetState(run, which, &UserAdmin::EnableUser); });

  auto password_options = options();
  CLI::App& reset = AddAbout(line, users, "reset-password", "Give a user another password; the old one ends.", "",
                             password_options, &ResetPassword);
  AddPasswordOption(reset, *password_options);
  AddCheckOption(reset, *password_options);

  AddDelete(line, users);
  AddLinks(line, users);
  AddUserKeys(line, users);
}

}  // namespace overlock::cli
