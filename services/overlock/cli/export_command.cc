// An application as a folder.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/overlock/cli/app_folder.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/exit_code.h"

namespace overlock::cli {
namespace {

using config::AppAdmin;
namespace v1 = config::v1;

struct ExportOptions {
  std::string app_id;
  std::string directory;
  bool as_template = false;
  bool for_source_control = false;
  bool force = false;
  v1::ExportAppRequest request;
};

absl::StatusOr<std::string> DirectoryFor(Run& run, const ExportOptions& options, const std::string& app_id) {
  if (!options.directory.empty()) return options.directory;
  v1::GetAppRequest request;
  request.set_app_id(app_id);
  OVERLOCK_ASSIGN_OR_RETURN(v1::GetAppResponse response, run.Ask(&AppAdmin::GetApp, request));
  const std::string& name = response.app().name();
  // A name is a word, unless the server is not to be trusted.
  if (name.empty() || name[0] == '.' || name.find('/') != name.npos) return UsageError("-o: is needed");
  return name;
}

void Report(Run& run, const std::string& directory, v1::ExportAppResponse& response,
            const std::vector<std::string>& removed) {
  const Output& output = run.output();
  if (response.secrets_left_out()) {
    output.Note("warning: secrets of webhooks are left out: they are for editors and admins");
  }
  for (const std::string& what : response.left_out()) output.Note(absl::StrCat("left out: ", what));
  for (const std::string& path : removed) output.Note(absl::StrCat("removed: ", path));
  if (output.json()) {
    for (auto& file : *response.mutable_files()) file.clear_content();
    return output.Json(response);
  }
  const std::string version = response.revision() == 0 ? "the draft" : absl::StrCat("revision ", response.revision());
  output.Line(absl::StrCat(directory, ": ", response.files_size(), " files of ", version));
}

absl::StatusOr<int> Export(Run& run, const ExportOptions& options) {
  v1::ExportAppRequest request = options.request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  if (options.as_template) request.set_form(v1::EXPORT_FORM_TEMPLATE);
  if (options.for_source_control) request.set_form(v1::EXPORT_FORM_SOURCE_CONTROL);
  OVERLOCK_ASSIGN_OR_RETURN(std::string directory, DirectoryFor(run, options, request.app_id()));
  const bool occupied = IsOccupied(directory);
  if (occupied && !options.force) {
    return UsageError(absl::StrCat("-o: ", directory, " is not empty; --force makes it what the application is"));
  }
  run.SetActivity("exporting");
  OVERLOCK_ASSIGN_OR_RETURN(v1::ExportAppResponse response, run.Ask(&AppAdmin::ExportApp, std::move(request)));
  std::vector<std::string> removed;
  {
    Progress progress("writing files");
    if (occupied) {
      OVERLOCK_ASSIGN_OR_RETURN(
          removed, OverwriteFolder(directory, response.files(), progress, options.request.include_hosting()));
    } else {
      OVERLOCK_RETURN_IF_ERROR(WriteNewFolder(directory, response.files(), progress));
    }
  }
  Report(run, directory, response, removed);
  return kExitDone;
}

}  // namespace

void AddExportCommand(CommandLine& line) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App& command =
      line.AddCommand(line.root(), "export", "Write an application as the folder that an import reads.",
                      {"overlock export                            # the only application, into a folder of its name",
                       "overlock export shop-abcde -o shop --for-source-control --force",
                       "overlock export shop-abcde --plain-stitch  # what Stitch itself would have written",
                       "overlock export shop-abcde --revision 41 -o old"},
                      [options](Run& run) { return Export(run, *options); });
  command.group(kDeployGroup);
  command.add_option("APP", options->app_id, "The application's id; not needed where there is one only.");
  command.add_option("-o,--output", options->directory, "The directory. Default: the application's name.");
  CLI::Option* as_template =
      command.add_flag("--as-template", options->as_template, "Without ids: another application can be made of it.");
  command.add_flag("--for-source-control", options->for_source_control, "Without ids: for a repository.")
      ->excludes(as_template);
  auto set = [&](const char* name, void (v1::ExportAppRequest::*field)(bool), const char* description) {
    return command.add_flag_callback(
        name, [options, field] { (options->request.*field)(true); }, description);
  };
  set("--plain-stitch", &v1::ExportAppRequest::set_plain_stitch,
      "Without settings that Stitch does not know; what that loses is said.");
  set("--include-dependencies", &v1::ExportAppRequest::set_include_dependencies, "With functions/node_modules.tar.gz.");
  set("--include-hosting", &v1::ExportAppRequest::set_include_hosting, "With the files of hosting/files.");
  CLI::Option* draft = set("--draft", &v1::ExportAppRequest::set_from_draft, "The draft instead of what is in force.");
  command
      .add_option_function<int64_t>(
          "--revision", [options](const int64_t& revision) { options->request.set_revision(revision); },
          "This revision instead of the one in force.")
      ->check(CLI::PositiveNumber)
      ->excludes(draft);
  command.add_flag("--force", options->force,
                   "Write into a directory that is not empty, and remove the application's files in it that are not in "
                   "the export. Others stay.");
}

}  // namespace overlock::cli
