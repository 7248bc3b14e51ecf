// API keys of users: what senders put into the header `api-key`.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/text.h"
#include "services/overlock/cli/user_names.h"

namespace overlock::cli {
namespace {

using auth::UserAdmin;
namespace v1 = auth::v1;

constexpr char kApiKey[] = "api-key";

struct KeyOptions {
  std::string app_id;
  // Whose: an id, or an email address.
  std::string user;
  // Of a new key.
  std::string name;
  std::string key_file;
  // Which.
  std::string key_id;
  bool check = false;
};

// Adds the keys of one user.
absl::Status AddKeysOf(Run& run, const v1::UserRecord& user, v1::ListApiKeysResponse& all) {
  v1::ListApiKeysRequest request;
  request.set_app_id(user.app_id());
  request.set_user_id(user.id());
  OVERLOCK_ASSIGN_OR_RETURN(v1::ListApiKeysResponse keys, run.Ask(&UserAdmin::ListApiKeys, std::move(request)));
  all.mutable_api_keys()->MergeFrom(keys.api_keys());
  return absl::OkStatus();
}

absl::StatusOr<int> ListKeys(Run& run, const KeyOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string app_id, FindUsersApp(run, options.app_id));
  v1::ListApiKeysResponse all;
  if (!options.user.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(v1::UserRecord user, FindUser(run, app_id, options.user));
    OVERLOCK_RETURN_IF_ERROR(AddKeysOf(run, user, all));
  } else {
    v1::ListUsersRequest request;
    request.set_app_id(app_id);
    request.set_provider_type(kApiKey);
    auto add = [&](const v1::UserRecord& user) -> absl::StatusOr<bool> {
      OVERLOCK_RETURN_IF_ERROR(AddKeysOf(run, user, all));
      return true;
    };
    OVERLOCK_RETURN_IF_ERROR(ForEachUser(run, std::move(request), add));
  }
  if (run.output().json()) {
    run.output().Json(all);
    return kExitDone;
  }
  Table table({"ID", "NAME", "STATE", "USER", "CREATED"});
  for (const v1::ApiKey& key : all.api_keys()) {
    table.Add(
        {key.id(), key.name(), key.disabled() ? "disabled" : "enabled", key.user_id(), FormatTime(key.create_time())});
  }
  run.output().Print(table);
  return kExitDone;
}

absl::StatusOr<int> CreateKey(Run& run, const KeyOptions& options) {
  v1::CreateApiKeyRequest request;
  request.set_name(options.name);
  request.set_validate_only(options.check);
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), FindUsersApp(run, options.app_id));
  if (!options.user.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(v1::UserRecord user, FindUser(run, request.app_id(), options.user));
    request.set_user_id(user.id());
  }
  if (!options.key_file.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_key(), ReadSecretFile(options.key_file));
    if (request.key().empty()) return UsageError("--key_file: the key is empty");
  }
  const std::string app_id = request.app_id();
  OVERLOCK_ASSIGN_OR_RETURN(v1::CreateApiKeyResponse response, run.Ask(&UserAdmin::CreateApiKey, std::move(request)));
  NoteProvider(run, app_id, kApiKey);
  if (run.output().json()) {
    run.output().Json(response);
    return kExitDone;
  }
  if (options.check) {
    run.output().Line("no errors; nothing was changed");
    return kExitDone;
  }
  run.output().Note(absl::StrCat("the API key ", Printable(options.name), " (id ", response.api_key().id(), ", user ",
                                 response.api_key().user_id(), "); nobody can show it again:"));
  run.output().Line(response.key());
  return kExitDone;
}

std::string DescribeKey(const v1::ApiKey& key) {
  return absl::StrCat("API key ", key.id(), " (", Printable(key.name()), " of user ", key.user_id(), ")");
}

template <class Request>
absl::StatusOr<Request> RequestAbout(Run& run, const KeyOptions& options) {
  // The key itself is not echoed, should it be given by mistake.
  if (!IsUserId(options.key_id)) {
    return UsageError("KEY_ID: must be 24 hexadecimal digits, as `overlock users api-keys list` shows them");
  }
  Request request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), FindUsersApp(run, options.app_id));
  request.set_key_id(options.key_id);
  return request;
}

// DisableApiKey, EnableApiKey.
template <class Request, class Response>
absl::StatusOr<int> SetState(Run& run, const KeyOptions& options,
                             UserAdmin::Answer<Response> (UserAdmin::*method)(Request, CallContext)) {
  OVERLOCK_ASSIGN_OR_RETURN(Request request, RequestAbout<Request>(run, options));
  OVERLOCK_ASSIGN_OR_RETURN(Response response, run.Ask(method, std::move(request)));
  if (run.output().json()) run.output().Json(response);
  const v1::ApiKey& key = response.api_key();
  run.output().Line(absl::StrCat(DescribeKey(key), key.disabled() ? ": disabled" : ": enabled"));
  return kExitDone;
}

absl::StatusOr<int> DeleteKey(Run& run, const KeyOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(auto request, RequestAbout<v1::DeleteApiKeyRequest>(run, options));
  OVERLOCK_RETURN_IF_ERROR(
      run.Confirm(absl::StrCat("Delete the API key ", request.key_id(), " of ", Printable(request.app_id()), "?")));
  OVERLOCK_ASSIGN_OR_RETURN(v1::DeleteApiKeyResponse response, run.Ask(&UserAdmin::DeleteApiKey, std::move(request)));
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat("API key ", options.key_id, ": deleted"));
  return kExitDone;
}

absl::StatusOr<int> RevokeKeys(Run& run, const KeyOptions& options) {
  v1::RevokeApiKeysRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), FindUsersApp(run, options.app_id));
  OVERLOCK_ASSIGN_OR_RETURN(v1::UserRecord user, FindUser(run, request.app_id(), options.user));
  request.set_user_id(user.id());
  OVERLOCK_ASSIGN_OR_RETURN(v1::RevokeApiKeysResponse response, run.Ask(&UserAdmin::RevokeApiKeys, std::move(request)));
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat(DescribeUser(user), ": API keys disabled: ", response.revoked()));
  return kExitDone;
}

// A command about one key.
void AddAbout(CommandLine& line, CLI::App& keys, const std::string& name, const std::string& description,
              absl::StatusOr<int> (*work)(Run&, const KeyOptions&)) {
  auto options = std::make_shared<KeyOptions>();
  CLI::App& command = line.AddCommand(keys, name, description,
                                      {absl::StrCat("overlock users api-keys ", name, " 5e7a1c0f9d3b2a4c6e8f0b11")},
                                      [options, work](Run& run) { return work(run, *options); });
  command.add_option("KEY_ID", options->key_id, "The key's id, which `list` shows.")->required();
  AddAppOption(command, options->app_id);
}

}  // namespace

void AddUserKeys(CommandLine& line, CLI::App& users) {
  CLI::App& keys = line.AddGroup(users, "api-keys", "What senders put into the header `api-key`.");
  keys.alias("api-key");
  auto list_options = std::make_shared<KeyOptions>();
  CLI::App& list = line.AddCommand(keys, "list", "List API keys; the keys themselves are not kept.",
                                   {"overlock users api-keys list", "overlock users api-keys list ada@example.com"},
                                   [list_options](Run& run) { return ListKeys(run, *list_options); });
  list.add_option("USER", list_options->user,
                  "Whose: an id, or an email address. Default: of all users that were made for a key.");
  AddAppOption(list, list_options->app_id);

  auto create_options = std::make_shared<KeyOptions>();
  CLI::App& create = line.AddCommand(
      keys, "create", "Make an API key and print it, this once: alone on standard output.",
      {"overlock users api-keys create sender > key", "overlock users api-keys create laptop --user ada@example.com",
       "overlock users api-keys create sender --key_file stitch-key.txt"},
      [create_options](Run& run) { return CreateKey(run, *create_options); });
  create.add_option("NAME", create_options->name, "Unique among the keys of the user.")->required();
  create.add_option("--user", create_options->user,
                    "Who logs in with it: an id, or an email address. Default: a new user of type server.");
  create.add_option("--key_file", create_options->key_file,
                    "A file with a key that senders have already, 32 to 512 characters. Default: a new one.");
  create.add_flag("--check", create_options->check, "Only say whether it could be done; change nothing.");
  AddAppOption(create, create_options->app_id);

  AddAbout(line, keys, "disable", "Let nobody log in with a key.",
           [](Run& run, const KeyOptions& options) { return SetState(run, options, &UserAdmin::DisableApiKey); });
  AddAbout(line, keys, "enable", "End that.",
           [](Run& run, const KeyOptions& options) { return SetState(run, options, &UserAdmin::EnableApiKey); });
  AddAbout(line, keys, "delete", "Delete a key.", &DeleteKey);

  auto revoke_options = std::make_shared<KeyOptions>();
  CLI::App& revoke =
      line.AddCommand(keys, "revoke", "Disable all keys of a user.", {"overlock users api-keys revoke ada@example.com"},
                      [revoke_options](Run& run) { return RevokeKeys(run, *revoke_options); });
  revoke.add_option("USER", revoke_options->user, kUserOption)->required();
  AddAppOption(revoke, revoke_options->app_id);
}

}  // namespace overlock::cli
