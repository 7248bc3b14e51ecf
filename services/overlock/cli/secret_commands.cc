// Secrets. A value never stands on a command line: others can read it.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/questions.h"
#include "services/overlock/cli/text.h"

namespace overlock::cli {
namespace {

using config::AppAdmin;
namespace v1 = config::v1;

struct SecretOptions {
  std::string app_id;
  std::string name;
  std::string value_file;
};

absl::StatusOr<std::string> ReadValue(const SecretOptions& options) {
  if (!options.value_file.empty()) return ReadSecretFile(options.value_file);
  if (!Questions::CanAsk()) return ReadSecretFile("-");
  return Questions::Hidden(absl::StrCat("Value of ", Printable(options.name)));
}

absl::StatusOr<int> ListSecrets(Run& run, const SecretOptions& options) {
  v1::ListSecretsRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  OVERLOCK_ASSIGN_OR_RETURN(v1::ListSecretsResponse response, run.Ask(&AppAdmin::ListSecrets, request));
  if (run.output().json()) {
    run.output().Json(response);
    return kExitDone;
  }
  Table table({"NAME", "VALUE", "USED BY"});
  for (const auto& secret : response.secrets()) {
    table.Add({secret.name(), secret.missing() ? "missing" : "kept", absl::StrJoin(secret.used_by(), ", ")});
  }
  run.output().Print(table);
  return kExitDone;
}

// CreateSecret, UpdateSecret.
template <class Request, class Response>
absl::StatusOr<int> Write(Run& run, const SecretOptions& options,
                          AppAdmin::Answer<Response> (AppAdmin::*method)(Request, CallContext)) {
  Request request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  request.set_name(options.name);
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_value(), ReadValue(options));
  OVERLOCK_ASSIGN_OR_RETURN(Response response, run.Ask(method, std::move(request)));
  run.output().Problems(response.written().problems());
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat("secret ", Printable(options.name), ": ", Describe({}, response.written())));
  return kExitDone;
}

absl::StatusOr<int> DeleteSecret(Run& run, const SecretOptions& options) {
  v1::DeleteSecretRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  request.set_name(options.name);
  OVERLOCK_RETURN_IF_ERROR(run.Confirm(
      absl::StrCat("Delete the secret ", Printable(options.name), " of ", Printable(request.app_id()), "?")));
  OVERLOCK_ASSIGN_OR_RETURN(v1::DeleteSecretResponse response, run.Ask(&AppAdmin::DeleteSecret, std::move(request)));
  run.output().Problems(response.written().problems());
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat("secret ", Printable(options.name), ": ", Describe({}, response.written())));
  return kExitDone;
}

void AddOptions(CLI::App& command, SecretOptions& options, bool with_value) {
  command.add_option("NAME", options.name, "The secret's name.")->required();
  if (with_value) {
    command.add_option("--value_file", options.value_file,
                       "The file with the value; a line break at its end is not part of it. Default: it is asked for, "
                       "or read from standard input.");
  }
  AddAppOption(command, options.app_id);
}

}  // namespace

void AddSecretCommands(CommandLine& line) {
  CLI::App& secrets =
      line.AddGroup(line.root(), "secrets", "Secrets: write-only values that services and values name.");
  secrets.group(kPartsGroup)->alias("secret");
  auto list_options = std::make_shared<SecretOptions>();
  CLI::App& list =
      line.AddCommand(secrets, "list", "List names, who uses them, and which are missing.", {"overlock secrets list"},
                      [list_options](Run& run) { return ListSecrets(run, *list_options); });
  AddAppOption(list, list_options->app_id);

  auto create_options = std::make_shared<SecretOptions>();
  CLI::App& create = line.AddCommand(
      secrets, "create", "Give a secret that is not there a value.",
      {"overlock secrets create twilio-token", "overlock secrets create twilio-token --value_file token.txt",
       "pass show twilio | overlock secrets create twilio-token"},
      [create_options](Run& run) { return Write(run, *create_options, &AppAdmin::CreateSecret); });
  AddOptions(create, *create_options, true);

  auto update_options = std::make_shared<SecretOptions>();
  CLI::App& update = line.AddCommand(
      secrets, "update", "Give a secret another value.", {"overlock secrets update twilio-token --value_file new.txt"},
      [update_options](Run& run) { return Write(run, *update_options, &AppAdmin::UpdateSecret); });
  AddOptions(update, *update_options, true);

  auto delete_options = std::make_shared<SecretOptions>();
  CLI::App& remove = line.AddCommand(secrets, "delete", "Delete a secret.", {"overlock secrets delete twilio-token"},
                                     [delete_options](Run& run) { return DeleteSecret(run, *delete_options); });
  AddOptions(remove, *delete_options, false);
}

}  // namespace overlock::cli
