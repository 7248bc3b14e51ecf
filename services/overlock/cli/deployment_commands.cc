// Drafts and deployments.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/text.h"

namespace overlock::cli {
namespace {

using config::AppAdmin;
namespace v1 = config::v1;

struct DeployOptions {
  std::string app_id;
  std::string note;
  bool force = false;
  int64_t revision = 0;
  v1::WriteOptions write;
};

void PrintDraft(Run& run, const std::string& app_id, const v1::Draft& draft) {
  Table table;
  table.Add({"draft of", app_id});
  table.Add({"begun by", draft.actor()});
  table.Add({"begun at", FormatTime(draft.create_time())});
  table.Add({"from revision", absl::StrCat(draft.base_revision(), draft.outdated() ? ", which is outdated" : "")});
  run.output().Print(table);
}

absl::StatusOr<int> BeginDraft(Run& run, const DeployOptions& options) {
  v1::CreateDraftRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  OVERLOCK_ASSIGN_OR_RETURN(v1::CreateDraftResponse response, run.Ask(&AppAdmin::CreateDraft, request));
  if (run.output().json()) run.output().Json(response);
  PrintDraft(run, request.app_id(), response.draft());
  return kExitDone;
}

absl::StatusOr<int> ShowDraft(Run& run, const DeployOptions& options) {
  v1::GetDraftRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  OVERLOCK_ASSIGN_OR_RETURN(v1::GetDraftResponse response, run.Ask(&AppAdmin::GetDraft, request));
  if (run.output().json()) run.output().Json(response);
  PrintDraft(run, request.app_id(), response.draft());
  run.output().Diffs(response.diffs());
  if (response.diffs().empty()) run.output().Note("it changes nothing");
  return kExitDone;
}

absl::StatusOr<int> DiscardDraft(Run& run, const DeployOptions& options) {
  v1::DiscardDraftRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  OVERLOCK_RETURN_IF_ERROR(run.Confirm(absl::StrCat("Discard the draft of ", Printable(request.app_id()), "?")));
  OVERLOCK_ASSIGN_OR_RETURN(v1::DiscardDraftResponse response, run.Ask(&AppAdmin::DiscardDraft, request));
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat(request.app_id(), ": the draft is discarded"));
  return kExitDone;
}

absl::StatusOr<int> Deploy(Run& run, const DeployOptions& options) {
  v1::DeployDraftRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  request.set_note(options.note);
  request.set_force(options.force);
  run.SetActivity("deploying");
  OVERLOCK_ASSIGN_OR_RETURN(v1::DeployDraftResponse response, run.Ask(&AppAdmin::DeployDraft, request));
  run.output().Problems(response.written().problems());
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat(request.app_id(), ": ", Describe({}, response.written())));
  return kExitDone;
}

absl::StatusOr<int> ListDeployments(Run& run, const DeployOptions& options) {
  v1::ListDeploymentsRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  OVERLOCK_ASSIGN_OR_RETURN(v1::ListDeploymentsResponse response, run.Ask(&AppAdmin::ListDeployments, request));
  if (run.output().json()) {
    run.output().Json(response);
    return kExitDone;
  }
  Table table({"REVISION", "IN FORCE", "TIME", "WHO", "HOW", "NOTE"});
  for (const v1::Deployment& deployment : response.deployments()) {
    table.Add({absl::StrCat(deployment.revision()), deployment.current() ? "yes" : "",
               FormatTime(deployment.create_time()), deployment.actor(), deployment.action(), deployment.note()});
  }
  run.output().Print(table);
  return kExitDone;
}

absl::StatusOr<int> Rollback(Run& run, const DeployOptions& options) {
  v1::RollbackAppRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  request.set_revision(options.revision);
  *request.mutable_options() = options.write;
  OVERLOCK_ASSIGN_OR_RETURN(v1::RollbackAppResponse response, run.Ask(&AppAdmin::RollbackApp, request));
  run.output().Problems(response.written().problems());
  if (run.output().json()) run.output().Json(response);
  run.output().Line(absl::StrCat(request.app_id(), ": back to what was revision ", response.restored_revision(), ": ",
                                 Describe(options.write, response.written())));
  return kExitDone;
}

using Work = absl::StatusOr<int> (*)(Run&, const DeployOptions&);

CLI::App& Add(CommandLine& line, CLI::App& parent, const std::string& name, const std::string& description,
              const std::vector<std::string>& examples, const std::shared_ptr<DeployOptions>& options, Work work) {
  CLI::App& command =
      line.AddCommand(parent, name, description, examples, [options, work](Run& run) { return work(run, *options); });
  AddAppOption(command, options->app_id);
  return command;
}

}  // namespace

void AddDeploymentCommands(CommandLine& line) {
  CLI::App& draft = line.AddGroup(line.root(), "draft", "Prepare changes that nobody sees yet.");
  draft.group(kDeployGroup);
  Add(line, draft, "begin", "Begin a draft: a copy of what is deployed, which commands with --draft change.",
      {"overlock draft begin"}, std::make_shared<DeployOptions>(), &BeginDraft);
  Add(line, draft, "show", "Say since when there is a draft, whose it is, and what it changes.",
      {"overlock draft show"}, std::make_shared<DeployOptions>(), &ShowDraft);
  Add(line, draft, "discard", "Give the draft up.", {"overlock draft discard --yes"}, std::make_shared<DeployOptions>(),
      &DiscardDraft);

  auto deploy_options = std::make_shared<DeployOptions>();
  CLI::App& deploy = Add(line, line.root(), "deploy", "Put the draft in force.", {"overlock deploy --note 'ticket 42'"},
                         deploy_options, &Deploy);
  deploy.group(kDeployGroup);
  deploy.add_option("--note", deploy_options->note, "Why, for the history.");
  deploy.add_flag("--force", deploy_options->force,
                  "Also if something else was deployed since the draft began: that is undone.");

  Add(line, line.root(), "deployments", "List what was deployed, newest first: the last 50 revisions.",
      {"overlock deployments", "overlock deployments --json"}, std::make_shared<DeployOptions>(), &ListDeployments)
      .group(kDeployGroup);

  auto rollback_options = std::make_shared<DeployOptions>();
  CLI::App& rollback =
      Add(line, line.root(), "rollback",
          "Put an earlier revision in force again, as a new one. Secrets stay as they are now.",
          {"overlock rollback                         # the one before", "overlock rollback 41 --note 'undo 42'"},
          rollback_options, &Rollback);
  rollback.group(kDeployGroup);
  rollback.add_option("REVISION", rollback_options->revision, "Which. Default: the one before the one in force.")
      ->check(CLI::PositiveNumber);
  AddWriteOptions(rollback, rollback_options->write);
}

}  // namespace overlock::cli
