#include "services/config/layout/app_layout.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/config/app_directory.h"
#include "services/config/json_text.h"
#include "services/config/layout/file_reader.h"
#include "services/config/layout/realm_layout.h"
#include "services/config/layout/stitch_layout.h"

namespace overlock::config {
namespace {

// What every layout has and nothing here runs. Environments are read where they are kept.
constexpr const char* kKeptPrefixes[] = {"environments/",
                                         "graphql/",
                                         "hosting/",
                                         "log_forwarders/",
                                         "sync/",
                                         "triggers/",
                                         "functions/package.json",
                                         "functions/package-lock.json"};

// Unspecified, and a problem, if there is no root file that we can read.
v1::Layout FindLayout(const AppFiles& files, ImportProblems& problems) {
  if (files.Has("root_config.json")) {
    problems.AddError(
        "root_config.json", "",
        "applications of the App Services command line (config_version 20230101) have no webhooks and are "
        "not read here; export with realm-cli 2 (realm_config.json), realm-cli 1 (config.json) or "
        "stitch-cli (stitch.json)");
    return v1::LAYOUT_UNSPECIFIED;
  }
  v1::Layout found = v1::LAYOUT_UNSPECIFIED;
  for (v1::Layout layout : {v1::LAYOUT_STITCH, v1::LAYOUT_REALM_1, v1::LAYOUT_REALM_2}) {
    if (!files.Has(RootFile(layout))) continue;
    if (found != v1::LAYOUT_UNSPECIFIED) {
      problems.AddError(RootFile(layout), "",
                        absl::StrCat("stands beside ", RootFile(found), "; an application has one root file"));
      return v1::LAYOUT_UNSPECIFIED;
    }
    found = layout;
  }
  if (found == v1::LAYOUT_UNSPECIFIED) {
    problems.AddError(
        "", "", "there is no stitch.json, no config.json and no realm_config.json: this is no exported application");
  }
  return found;
}

// The member of a file that holds several entities.
JsonValue ItemOf(const AppEntity& entity, ExportForm form) {
  JsonValue item = entity.config;
  if (form != ExportForm::kPlain) RemoveMember(item, "id");
  return item;
}

// The content of a file that holds one entity.
std::string FileOf(const AppTree& tree, const AppEntity& entity, ExportForm form) {
  JsonValue config = ItemOf(entity, form);
  // realm-cli 2 knew entities by their names alone.
  if (form == ExportForm::kPlain && tree.layout != v1::LAYOUT_REALM_2) {
    SetFirstMember(config, "id", MakeString(entity.id));
  }
  return ToPrettyText(config);
}

std::string RootOf(const AppTree& tree, ExportForm form) {
  JsonValue root = tree.root;
  if (form != ExportForm::kPlain) RemoveMember(root, "app_id");
  return ToPrettyText(root);
}

}  // namespace

std::string RootFile(v1::Layout layout) {
  if (layout == v1::LAYOUT_STITCH) return "stitch.json";
  return layout == v1::LAYOUT_REALM_1 ? "config.json" : "realm_config.json";
}

int64_t ConfigVersion(v1::Layout layout) {
  if (layout == v1::LAYOUT_STITCH) return 20180301;
  return layout == v1::LAYOUT_REALM_1 ? 20200603 : 20210101;
}

AppTree ReadAppTree(const AppFiles& files, ImportProblems& problems) {
  AppTree tree;
  tree.root = MakeObject();
  tree.layout = FindLayout(files, problems);
  if (tree.layout == v1::LAYOUT_UNSPECIFIED) return tree;
  tree.root_file = RootFile(tree.layout);
  // One that cannot be read is no object, and nothing more is said of it.
  tree.root = ReadConfigFile(files, problems, tree.root_file).value_or(JsonValue());
  LayoutReading reading{files, problems, tree};
  if (tree.layout == v1::LAYOUT_REALM_2) {
    ReadRealmLayout(reading);
  } else {
    ReadStitchLayout(reading);
  }
  for (const char* prefix : kKeptPrefixes) KeepFiles(reading, prefix);
  const bool has_folder = tree.kept.erase(kHostingDirectory) > 0;
  tree.has_hosting = has_folder || !files.Paths(absl::StrCat(kHostingDirectory, "/")).empty();
  return tree;
}

std::map<std::string, std::string> WriteAppTree(const AppTree& tree, ExportForm form) {
  std::map<std::string, std::string> files = tree.kept;
  files[RootFile(tree.layout)] = RootOf(tree, form);
  // Files that hold several entities.
  std::map<std::string, JsonValue> joined;
  AppTree sorted = tree;
  SortEntities(sorted);
  for (const AppEntity& entity : sorted.entities) {
    EntityOrigin origin = OriginOf(tree, entity);
    if (!origin.source_file.empty()) files[origin.source_file] = entity.source;
    if (origin.path.empty()) {
      files[origin.file] = FileOf(tree, entity, form);
    } else if (entity.kind == v1::ENTITY_KIND_AUTH_PROVIDER) {
      SetMember(joined.try_emplace(origin.file, MakeObject()).first->second, entity.name, ItemOf(entity, form));
    } else {
      joined.try_emplace(origin.file, MakeArray()).first->second.items.push_back(ItemOf(entity, form));
    }
  }
  for (const auto& [path, value] : joined) files[path] = ToPrettyText(value);
  return files;
}

EntityOrigin OriginOf(const AppTree& tree, const AppEntity& entity) {
  return tree.layout == v1::LAYOUT_REALM_2 ? RealmOriginOf(tree, entity) : StitchOriginOf(entity);
}

}  // namespace overlock::config
