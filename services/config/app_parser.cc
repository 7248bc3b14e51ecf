#include "services/config/app_parser.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/app_directory.h"
#include "services/config/app_files.h"
#include "services/config/dependency_packer.h"
#include "services/config/entity_parsers.h"
#include "services/config/json_text.h"
#include "services/config/layout/app_layout.h"
#include "services/config/layout/import_strategy.h"
#include "services/config/validation_check.h"

namespace overlock::config {
namespace {

// What the owner may think runs here.
void WarnOfWhatDoesNotRun(const ParseContext& context) {
  auto warn = [&](const char* directory, const char* what) {
    auto it = context.tree.kept.lower_bound(absl::StrCat(directory, "/"));
    if (it != context.tree.kept.end() && absl::StartsWith(it->first, absl::StrCat(directory, "/"))) {
      context.problems.AddWarning(directory, "", absl::StrCat(what, " not run in this version"));
    }
  };
  warn("triggers", "triggers are");
  warn("graphql", "GraphQL is");
  warn("hosting", "hosting is");
  warn("log_forwarders", "log forwarders are");
}

// What a revision may hold: each has its own copy.
void CheckHosting(const ParseContext& context) {
  size_t files = 0;
  size_t bytes = 0;
  for (const auto& [path, content] : context.tree.kept) {
    if (!IsHostingFile(path)) continue;
    ++files;
    bytes += content.size();
  }
  if (files > kHostingFilesMax) {
    context.problems.AddError(kHostingDirectory, "", absl::StrCat("has ", files, " files; at most ", kHostingFilesMax));
  }
  if (bytes > kHostingBytesMax) {
    context.problems.AddError(kHostingDirectory, "", absl::StrCat("has ", bytes, " bytes; at most ", kHostingBytesMax));
  }
}

template <class Repeated>
void SortByName(Repeated& entities) {
  std::sort(entities.begin(), entities.end(), [](const auto& a, const auto& b) { return a.name() < b.name(); });
}

void SortByNames(v1::Application& application) {
  SortByName(*application.mutable_services());
  for (auto& service : *application.mutable_services()) {
    SortByName(*service.mutable_webhooks());
    SortByName(*service.mutable_rules());
  }
  SortByName(*application.mutable_functions());
  SortByName(*application.mutable_values());
  SortByName(*application.mutable_auth_providers());
}

// What a root file may leave out stands in what is stored.
void CompleteRoot(const v1::Application& application, JsonValue& root) {
  if (root.kind != JsonValue::Kind::kObject) return;
  if (root.Find("app_id") == nullptr) SetFirstMember(root, "app_id", MakeString(application.app_id()));
  if (root.Find("config_version") == nullptr) {
    SetMember(root, "config_version", MakeInteger(application.config_version()));
  }
}

// `files` are those of an import, null for an edit. `application` has the secrets and dependencies that there are.
ParsedApp ParseTree(AppTree tree, const AppFiles* files, ImportProblems& problems, v1::Application application,
                    const AppCheckers& checkers) {
  ParseContext context{tree, problems, checkers};
  ParsedApp parsed;
  if (tree.layout != v1::LAYOUT_UNSPECIFIED) {
    ParseRootFile(context, application);
    ParseServices(context, application);
    ParseCustomUserData(context, application);
    ParseFunctions(context, application);
    ParseEndpoints(context, application);
    ParseValues(context, application);
    ParseAuthProviders(context, application);
    if (files != nullptr) ParseSecretsFile(*files, problems, application);
    CheckSecretsOfValues(context, application);
    CheckValidation(context, application);
    CheckHosting(context);
    WarnOfWhatDoesNotRun(context);
    CompleteRoot(application, tree.root);
    *application.mutable_document() = ToDocument(tree);
  }
  SortByNames(application);
  parsed.application = std::move(application);
  parsed.has_errors = problems.has_errors();
  parsed.problems = problems.Take();
  return parsed;
}

}  // namespace

absl::StatusOr<ParsedApp> ParseApp(const v1::ImportAppRequest& request, const AppCheckers& checkers,
                                   const v1::Application* current) {
  absl::StatusOr<AppFiles> files = AppFiles::FromRequest(request);
  if (!files.ok()) return files.status();
  OVERLOCK_RETURN_IF_ERROR(CheckDependencies(request.dependencies()));
  ImportProblems problems;
  AppTree tree = ReadAppTree(*files, problems);
  v1::Application application;
  application.set_dependencies(request.dependencies());
  std::optional<AppTree> current_tree;
  if (current != nullptr) {
    current_tree = FromDocument(current->document());
    *application.mutable_secrets() = current->secrets();
    const bool merges = request.strategy() == v1::IMPORT_STRATEGY_MERGE;
    if (merges && request.dependencies().empty()) application.set_dependencies(current->dependencies());
  }
  tree = ApplyStrategy(current_tree ? &*current_tree : nullptr, std::move(tree), request.strategy(), problems);
  return ParseTree(std::move(tree), &*files, problems, std::move(application), checkers);
}

absl::StatusOr<std::string> FindAppId(const v1::ImportAppRequest& request) {
  OVERLOCK_ASSIGN_OR_RETURN(AppFiles files, AppFiles::FromRequest(request));
  for (v1::Layout layout : {v1::LAYOUT_STITCH, v1::LAYOUT_REALM_1, v1::LAYOUT_REALM_2}) {
    const std::string* content = files.Find(RootFile(layout));
    if (content == nullptr) continue;
    absl::StatusOr<JsonDocument> root = ParseJson(*content);
    if (!root.ok() || root->root.kind != JsonValue::Kind::kObject) return std::string();
    auto text = [&](std::string_view field) {
      const JsonValue* value = root->root.Find(field);
      return value != nullptr && value->kind == JsonValue::Kind::kString ? value->text : std::string();
    };
    std::string app_id = text("app_id");
    std::string name = text("name");
    return !app_id.empty() || name.empty() ? app_id : DeriveAppId(name);
  }
  return std::string();
}

ParsedApp ParseEditedApp(AppTree tree, const AppCheckers& checkers, const v1::Application& current) {
  ImportProblems problems;
  SortEntities(tree);
  v1::Application application;
  application.set_dependencies(current.dependencies());
  *application.mutable_secrets() = current.secrets();
  return ParseTree(std::move(tree), nullptr, problems, std::move(application), checkers);
}

}  // namespace overlock::config
