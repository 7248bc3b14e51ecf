#include "services/config/app_parser.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/app_files.h"
#include "services/config/dependency_packer.h"
#include "services/config/entity_parsers.h"

namespace overlock::config {
namespace {

// The root file's path; empty, and a problem, if there is none that we can read.
std::string FindRootFile(const ParseContext& context) {
  for (const char* later : {"realm_config.json", "root_config.json"}) {
    if (context.files.Has(later)) {
      context.problems.AddError(later, "",
                                "applications exported by realm-cli 2 or later are not supported yet; export with "
                                "realm-cli 1 (config.json) or stitch-cli (stitch.json)");
      return "";
    }
  }
  bool has_first = context.files.Has("stitch.json");
  bool has_second = context.files.Has("config.json");
  if (has_first && has_second) {
    context.problems.AddError("config.json", "", "stands beside stitch.json; an application has one root file");
    return "";
  }
  if (has_first) return "stitch.json";
  if (has_second) return "config.json";
  context.problems.AddError("", "", "there is no stitch.json and no config.json: this is no exported application");
  return "";
}

// What the owner may think runs here.
void WarnOfWhatDoesNotRun(const ParseContext& context) {
  auto warn = [&](const char* directory, const char* what) {
    std::string path = absl::StrCat(directory, "/");
    if (!context.files.JsonFiles(path).empty() || !context.files.Directories(path).empty()) {
      context.problems.AddWarning(directory, "", absl::StrCat(what, " not run in this version"));
    }
  };
  warn("triggers", "triggers are");
  warn("graphql", "GraphQL is");
  warn("hosting", "hosting is");
  warn("log_forwarders", "log forwarders are");
  warn("http_endpoints", "HTTPS endpoints are");
}

template <class Repeated>
void SortByName(Repeated& entities) {
  std::sort(entities.begin(), entities.end(), [](const auto& a, const auto& b) { return a.name() < b.name(); });
}

}  // namespace

absl::StatusOr<ParsedApp> ParseApp(const v1::ImportAppRequest& request, const ExpressionChecker& check_expression) {
  absl::StatusOr<AppFiles> files = AppFiles::FromRequest(request);
  if (!files.ok()) return files.status();
  OVERLOCK_RETURN_IF_ERROR(CheckDependencies(request.dependencies()));
  ImportProblems problems;
  ParseContext context{*files, problems, check_expression};
  ParsedApp parsed;
  v1::Application& application = parsed.application;
  application.set_dependencies(request.dependencies());
  std::string root = FindRootFile(context);
  if (!root.empty()) {
    ParseRootFile(context, root, application);
    ParseServices(context, application);
    ParseFunctions(context, application);
    ParseValues(context, application);
    ParseAuthProviders(context, application);
    ParseSecrets(context, application);
    WarnOfWhatDoesNotRun(context);
  }
  SortByName(*application.mutable_services());
  for (auto& service : *application.mutable_services()) {
    SortByName(*service.mutable_webhooks());
    SortByName(*service.mutable_rules());
  }
  SortByName(*application.mutable_functions());
  SortByName(*application.mutable_values());
  SortByName(*application.mutable_auth_providers());
  parsed.has_errors = problems.has_errors();
  parsed.problems = problems.Take();
  return parsed;
}

}  // namespace overlock::config
