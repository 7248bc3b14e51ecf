// A folder into the server, and what that would change.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/config/app_directory.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/progress.h"
#include "services/overlock/cli/table.h"

namespace overlock::cli {
namespace {

using config::AppAdmin;
using config::AppRegistry;
namespace v1 = config::v1;

struct ImportOptions {
  std::string directory = ".";
  std::string strategy = "replace-by-name";
  bool check = false;
  bool to_draft = false;
  bool diff = false;
  bool confirm = false;
  bool skip_compile = false;
  bool include_hosting = false;
  std::string note;
};

struct DiffOptions {
  ImportOptions folder;
  std::string app_id;
  std::string from;
  std::string to;
  bool exit_code = false;
};

v1::ImportStrategy StrategyOf(const std::string& word) {
  if (word == "merge") return v1::IMPORT_STRATEGY_MERGE;
  return word == "replace" ? v1::IMPORT_STRATEGY_REPLACE : v1::IMPORT_STRATEGY_REPLACE_BY_NAME;
}

absl::StatusOr<v1::ImportAppRequest> ReadFolder(const ImportOptions& options) {
  Progress progress("reading the folder");
  OVERLOCK_ASSIGN_OR_RETURN(v1::ImportAppRequest request,
                            config::ReadAppDirectory(options.directory, {options.include_hosting}));
  request.set_strategy(StrategyOf(options.strategy));
  request.set_validate_only(options.check);
  request.set_to_draft(options.to_draft);
  request.set_with_diffs(options.diff);
  request.set_with_report(options.check);
  request.set_skip_compile(options.skip_compile);
  request.set_note(options.note);
  return request;
}

void PrintImported(const Output& output, const ImportOptions& options, const v1::ImportAppResponse& response) {
  const v1::AppSummary& summary = response.summary();
  const std::string& app_id = summary.app().app_id();
  if (options.check) {
    output.Line(absl::StrCat(app_id, ": no errors; nothing was stored"));
  } else if (options.to_draft) {
    output.Line(absl::StrCat(app_id, response.unchanged() ? ": nothing to do, the draft is like that already"
                                                          : ": imported into the draft; `overlock deploy` deploys it"));
  } else if (response.unchanged()) {
    output.Line(absl::StrCat(app_id, ": nothing to do, it is already revision ", summary.app().revision()));
  } else {
    output.Line(absl::StrCat(app_id, ": imported as revision ", summary.app().revision()));
  }
  for (const auto& webhook : summary.webhooks()) {
    std::string method = webhook.http_method();
    if (method.size() < 6) method.resize(6, ' ');
    output.Line(absl::StrCat("  ", method, " ", webhook.path(), "  ", webhook.validation_method()));
  }
  for (const auto& endpoint : summary.endpoints()) {
    std::string method = endpoint.name().method();
    if (method.size() < 6) method.resize(6, ' ');
    output.Line(absl::StrCat("  ", method, " ", endpoint.path(), "  ", endpoint.validation_method(),
                             endpoint.disabled() ? "  (disabled)" : ""));
  }
}

// Nobody should think that what lies in the folder is on the server.
void TellOfHosting(const Output& output, const ImportOptions& options) {
  if (options.include_hosting) return;
  const size_t files = config::CountHostingFiles(options.directory);
  if (files == 0) return;
  const bool many = files > config::kHostingFilesMax;
  output.Note(absl::StrCat("hosting/files: ", many ? "more than " : "", many ? config::kHostingFilesMax : files,
                           files == 1 ? " file is" : " files are", " left alone; --include-hosting takes ",
                           files == 1 ? "it" : "them", " along"));
}

// The migration report: what does not run as it did, worst first, and how much does. Says whether all of it runs.
bool PrintReport(const Output& output, const google::protobuf::RepeatedPtrField<v1::ReportRow>& report) {
  int counts[v1::ReportRow::Verdict_ARRAYSIZE] = {};
  for (const v1::ReportRow& row : report) ++counts[row.verdict()];
  Table table({"", "WHAT", "WHERE", "WHY"});
  for (v1::ReportRow::Verdict verdict : {v1::ReportRow::VERDICT_DOES_NOT_RUN, v1::ReportRow::VERDICT_DIFFERS}) {
    for (const v1::ReportRow& row : report) {
      if (row.verdict() != verdict) continue;
      table.Add({verdict == v1::ReportRow::VERDICT_DIFFERS ? "runs differently" : "does not run", row.construct(),
                 absl::StrCat(row.file(), row.place().empty() ? "" : ": ", row.place()), row.explanation()});
    }
  }
  if (!table.empty()) output.Print(table);
  output.Line(absl::StrCat(counts[v1::ReportRow::VERDICT_RUNS], " constructs run, ",
                           counts[v1::ReportRow::VERDICT_DIFFERS], " run differently, ",
                           counts[v1::ReportRow::VERDICT_DOES_NOT_RUN], " do not run"));
  return counts[v1::ReportRow::VERDICT_DOES_NOT_RUN] == 0;
}

// Shows what would change and asks. False if nothing would.
absl::StatusOr<bool> ConfirmChanges(Run& run, v1::ImportAppRequest request) {
  request.set_validate_only(true);
  request.set_with_diffs(true);
  OVERLOCK_ASSIGN_OR_RETURN(v1::ImportAppResponse planned, run.Ask(&AppRegistry::ImportApp, std::move(request)));
  // The import itself will say what is wrong.
  if (!planned.has_app()) return true;
  if (planned.unchanged()) return false;
  run.output().Diffs(planned.diffs());
  OVERLOCK_RETURN_IF_ERROR(run.Confirm("Import the changes shown above?"));
  return true;
}

absl::StatusOr<int> Import(Run& run, const ImportOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(v1::ImportAppRequest request, ReadFolder(options));
  run.SetActivity(options.check ? "checking" : "importing");
  if (options.confirm && !options.check) {
    OVERLOCK_ASSIGN_OR_RETURN(bool changes, ConfirmChanges(run, request));
    if (!changes) run.output().Note("what is deployed is identical to this folder");
  }
  OVERLOCK_ASSIGN_OR_RETURN(v1::ImportAppResponse response, run.Ask(&AppRegistry::ImportApp, std::move(request)));
  run.output().Problems(response.problems());
  if (run.output().json()) run.output().Json(response);
  if (!response.has_app()) {
    run.output().Note("overlock import: nothing was imported; the errors above say why");
    return kExitRefused;
  }
  run.output().Diffs(response.diffs());
  TellOfHosting(run.output(), options);
  PrintImported(run.output(), options, response);
  if (options.check && !PrintReport(run.output(), response.report())) return kExitDoesNotRun;
  return kExitDone;
}

absl::StatusOr<v1::AppVersion> VersionOf(const std::string& option, const std::string& word) {
  v1::AppVersion version;
  int64_t revision = 0;
  if (word == "draft") {
    version.set_draft(true);
  } else if (word == "deployed") {
    version.set_deployed(true);
  } else if (absl::SimpleAtoi(word, &revision) && revision > 0) {
    version.set_revision(revision);
  } else {
    return UsageError(absl::StrCat(option, ": '", word, "', allowed: a revision's number, draft or deployed"));
  }
  return version;
}

int ShowDiffs(Run& run, const DiffOptions& options, const google::protobuf::RepeatedPtrField<std::string>& diffs) {
  run.output().Diffs(diffs);
  if (diffs.empty()) run.output().Note("no difference");
  return options.exit_code && !diffs.empty() ? kExitRefused : kExitDone;
}

absl::StatusOr<int> DiffVersions(Run& run, const DiffOptions& options) {
  v1::DiffAppRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  if (!options.from.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_from(), VersionOf("--from", options.from));
  }
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_to(), VersionOf("--to", options.to.empty() ? "deployed" : options.to));
  OVERLOCK_ASSIGN_OR_RETURN(v1::DiffAppResponse response, run.Ask(&AppAdmin::DiffApp, std::move(request)));
  if (run.output().json()) run.output().Json(response);
  return ShowDiffs(run, options, response.diffs());
}

absl::StatusOr<int> Diff(Run& run, DiffOptions options) {
  if (!options.from.empty() || !options.to.empty()) return DiffVersions(run, options);
  options.folder.check = true;
  options.folder.diff = true;
  options.folder.skip_compile = true;
  OVERLOCK_ASSIGN_OR_RETURN(v1::ImportAppRequest request, ReadFolder(options.folder));
  OVERLOCK_ASSIGN_OR_RETURN(v1::ImportAppResponse response, run.Ask(&AppRegistry::ImportApp, std::move(request)));
  run.output().Problems(response.problems());
  if (run.output().json()) run.output().Json(response);
  if (!response.has_app()) {
    run.output().Note("overlock diff: nothing was compared; the errors above say why");
    return kExitRefused;
  }
  if (response.diffs().empty() && !response.unchanged()) run.output().Note("the npm packages differ");
  return ShowDiffs(run, options, response.diffs());
}

void AddFolderOptions(CLI::App& command, ImportOptions& options) {
  command.add_option("DIR", options.directory, "The application's directory, or one below it.")->capture_default_str();
  command
      .add_option("--strategy", options.strategy,
                  "merge keeps what the folder does not have; replace deletes it, and both match by id; "
                  "replace-by-name deletes it and matches by name.")
      ->check(CLI::IsMember({"merge", "replace", "replace-by-name"}))
      ->capture_default_str();
  command.add_flag("--include-hosting", options.include_hosting,
                   "With the files of hosting/files, which are kept and not served: at most 1,000 and 8 MiB together. "
                   "Without it those on the server stay as they are.");
}

}  // namespace

void AddImportCommands(CommandLine& line) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App& import = line.AddCommand(
      line.root(), "import", "Import an application exported from MongoDB Stitch into a running server.",
      {"overlock import path/to/app", "overlock import path/to/app --check     # what is wrong with it, and stop",
       "overlock import --confirm                 # show what changes, and ask",
       "overlock draft begin && overlock import --draft && overlock deploy"},
      [options](Run& run) { return Import(run, *options); });
  import.group(kDeployGroup);
  AddFolderOptions(import, *options);
  import.add_flag("--check", options->check,
                  "Only say what is wrong with it and what of it does not run here; store nothing.");
  import.add_flag("--diff", options->diff, "Show what changes.");
  import.add_flag("--confirm", options->confirm, "Show what changes and ask before it is done.");
  import.add_flag("--draft", options->to_draft, "Change the draft instead of what is in force.");
  import.add_flag("--skip_compile", options->skip_compile,
                  "Do not compile the sources, for when no executor can be reached.");
  import.add_option("--note", options->note, "Why, for the history.");

  auto diff_options = std::make_shared<DiffOptions>();
  CLI::App& diff = line.AddCommand(
      line.root(), "diff", "Show what an import of a folder would change, or how two versions differ.",
      {"overlock diff path/to/app", "overlock diff --exit_code                 # 1 if there is a difference",
       "overlock diff --from 41 --to 43", "overlock diff --to draft"},
      [diff_options](Run& run) { return Diff(run, *diff_options); });
  diff.group(kDeployGroup);
  AddFolderOptions(diff, diff_options->folder);
  diff.add_flag("--draft", diff_options->folder.to_draft, "Compare the folder with the draft.");
  diff.add_option("--from", diff_options->from, "REVISION, draft or deployed: the older. Default: deployed.");
  diff.add_option("--to", diff_options->to, "REVISION, draft or deployed: the newer. Default: deployed.");
  diff.add_flag("--exit_code", diff_options->exit_code, "End with 1 if there is a difference.");
  AddAppOption(diff, diff_options->app_id);
}

}  // namespace overlock::cli
