// Applications.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/config/json_text.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/settings.h"
#include "services/overlock/cli/text.h"
#include "services/overlock/cli/words.h"

namespace overlock::cli {
namespace {

using config::AppAdmin;
namespace v1 = config::v1;

struct AppOptions {
  std::string app_id;
  std::string name;
  std::string config_file;
  std::vector<std::string> settings;
  std::string etag;
  v1::WriteOptions write;
};

absl::StatusOr<int> ListApps(Run& run) {
  OVERLOCK_ASSIGN_OR_RETURN(v1::ListAppsResponse response, run.ListApps());
  if (run.output().json()) {
    run.output().Json(response);
    return kExitDone;
  }
  Table table({"APPLICATION", "NAME", "REVISION", "WEBHOOKS", "FUNCTIONS"});
  for (const v1::AppSummary& app : response.apps()) {
    table.Add({app.app().app_id(), app.name(), absl::StrCat(app.app().revision()), absl::StrCat(app.webhooks_size()),
               absl::StrCat(app.function_count())});
  }
  run.output().Print(table);
  if (table.empty()) run.output().Note("there is no application; `overlock import DIR` brings one");
  return kExitDone;
}

absl::StatusOr<int> ShowApp(Run& run, const AppOptions& options) {
  v1::GetAppRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  request.set_from_draft(options.write.to_draft());
  OVERLOCK_ASSIGN_OR_RETURN(v1::GetAppResponse response, run.Ask(&AppAdmin::GetApp, std::move(request)));
  if (run.output().json()) {
    run.output().Json(response);
    return kExitDone;
  }
  const v1::App& app = response.app();
  Table table;
  table.Add({"application", app.app_id()});
  table.Add({"name", app.name()});
  table.Add({"layout", std::string(LayoutWord(app.layout()))});
  table.Add({"revision", absl::StrCat(app.revision())});
  table.Add({"draft", app.has_draft() ? "yes" : "no"});
  table.Add({"etag", app.etag()});
  run.output().Print(table);
  OVERLOCK_ASSIGN_OR_RETURN(config::JsonValue root, ParseObject("root_json", app.root_json()));
  run.output().Raw(absl::StrCat("\n", Printable(config::ToPrettyText(root), true)));
  return kExitDone;
}

absl::StatusOr<int> CreateApp(Run& run, const AppOptions& options) {
  v1::CreateAppRequest request;
  request.set_name(options.name);
  request.set_app_id(options.app_id);
  *request.mutable_options() = options.write;
  OVERLOCK_ASSIGN_OR_RETURN(v1::CreateAppResponse response, run.Ask(&AppAdmin::CreateApp, std::move(request)));
  run.output().Problems(response.written().problems());
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat(response.app().app_id(), ": ", Describe(options.write, response.written())));
  return kExitDone;
}

absl::StatusOr<int> UpdateApp(Run& run, const AppOptions& options) {
  if (options.config_file.empty() && options.settings.empty()) return UsageError("--config or --set is needed");
  v1::GetAppRequest get;
  OVERLOCK_ASSIGN_OR_RETURN(*get.mutable_app_id(), run.FindApp(options.app_id));
  get.set_from_draft(options.write.to_draft());
  OVERLOCK_ASSIGN_OR_RETURN(v1::GetAppResponse before, run.Ask(&AppAdmin::GetApp, get));
  OVERLOCK_ASSIGN_OR_RETURN(config::JsonValue root, ParseObject("root_json", before.app().root_json()));
  if (!options.config_file.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(std::string text, ReadFile(options.config_file));
    OVERLOCK_ASSIGN_OR_RETURN(root, ParseObject(options.config_file, text));
  }
  for (const std::string& setting : options.settings) OVERLOCK_RETURN_IF_ERROR(ApplySetting(root, setting));
  v1::UpdateAppRequest request;
  request.set_app_id(get.app_id());
  request.set_root_json(config::ToText(root));
  request.set_etag(options.etag.empty() ? before.app().etag() : options.etag);
  *request.mutable_options() = options.write;
  OVERLOCK_ASSIGN_OR_RETURN(v1::UpdateAppResponse response, run.Ask(&AppAdmin::UpdateApp, std::move(request)));
  run.output().Problems(response.written().problems());
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat(get.app_id(), ": ", Describe(options.write, response.written())));
  return kExitDone;
}

absl::StatusOr<int> DeleteApp(Run& run, const AppOptions& options) {
  v1::DeleteAppRequest request;
  request.set_app_id(options.app_id);
  request.set_validate_only(options.write.validate_only());
  if (!request.validate_only()) {
    OVERLOCK_RETURN_IF_ERROR(
        run.Confirm(absl::StrCat("Delete the application ", Printable(options.app_id), " with all its history?")));
  }
  OVERLOCK_ASSIGN_OR_RETURN(v1::DeleteAppResponse response, run.Ask(&AppAdmin::DeleteApp, std::move(request)));
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat(options.app_id, options.write.validate_only() ? ": could be deleted" : ": deleted"));
  if (options.write.validate_only()) return kExitDone;
  run.output().Note(
      absl::StrCat("its users, if it had any, are kept for an application with this id; `overlock users delete "
                   "--all --app ",
                   Printable(options.app_id), "` deletes them"));
  return kExitDone;
}

void AddUpdate(CommandLine& line, CLI::App& apps) {
  auto options = std::make_shared<AppOptions>();
  CLI::App& update = line.AddCommand(apps, "update", "Change the fields of the application's root file.",
                                     {"overlock apps update --set 'allowed_request_origins=[\"https://example.com\"]'",
                                      "overlock apps update shop-abcde --config config.json"},
                                     [options](Run& run) { return UpdateApp(run, *options); });
  update.add_option("APP", options->app_id, "The application's id; not needed where there is one only.");
  update.add_option("--config", options->config_file, "The root file's new content; - is standard input.");
  update
      .add_option(
          "--set", options->settings,
          "FIELD=VALUE: change this field, JSON or text; without a value take it out. Several times for several.")
      ->allow_extra_args(false);
  update.add_option("--etag", options->etag, "Only if it is still the one that `show` showed.");
  AddWriteOptions(update, options->write);
}

}  // namespace

void AddAppCommands(CommandLine& line) {
  CLI::App& apps = line.AddGroup(line.root(), "apps", "Applications.");
  apps.group(kPartsGroup)->alias("app");
  line.AddCommand(apps, "list", "List the applications.", {"overlock apps list"}, &ListApps);

  auto show_options = std::make_shared<AppOptions>();
  CLI::App& show = line.AddCommand(apps, "show", "Show an application and its root file.",
                                   {"overlock apps show", "overlock apps show shop-abcde --json"},
                                   [show_options](Run& run) { return ShowApp(run, *show_options); });
  show.add_option("APP", show_options->app_id, "The application's id; not needed where there is one only.");
  show.add_flag_callback(
      "--draft", [show_options] { show_options->write.set_to_draft(true); }, "Of the draft.");

  auto create_options = std::make_shared<AppOptions>();
  CLI::App& create = line.AddCommand(apps, "create", "Make an application without anything in it.",
                                     {"overlock apps create shop", "overlock apps create shop --app_id shop-abcde"},
                                     [create_options](Run& run) { return CreateApp(run, *create_options); });
  create.add_option("NAME", create_options->name, "1 to 32 letters, digits, '_', '-'.")->required();
  create.add_option("--app_id", create_options->app_id, "Its id, which stands in URLs. Default: made of the name.");
  create.add_flag_callback(
      "--check", [create_options] { create_options->write.set_validate_only(true); },
      "Only say whether it could be done; change nothing.");
  create.add_option_function<std::string>(
      "--note", [create_options](const std::string& note) { create_options->write.set_note(note); },
      "Why, for the history.");
  AddUpdate(line, apps);

  auto delete_options = std::make_shared<AppOptions>();
  CLI::App& remove = line.AddCommand(apps, "delete", "Delete an application with all its history.",
                                     {"overlock apps delete shop-abcde"},
                                     [delete_options](Run& run) { return DeleteApp(run, *delete_options); });
  remove.add_option("APP", delete_options->app_id, "The application's id.")->required();
  remove.add_flag_callback(
      "--check", [delete_options] { delete_options->write.set_validate_only(true); },
      "Only say whether it could be done; change nothing.");
}

}  // namespace overlock::cli
