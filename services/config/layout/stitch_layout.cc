#include "services/config/layout/stitch_layout.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace overlock::config {
namespace {

void ReadFunction(const LayoutReading& reading, const std::string& folder) {
  std::string directory = absl::StrCat("functions/", folder, "/");
  AppEntity function;
  function.kind = v1::ENTITY_KIND_FUNCTION;
  function.origin = {directory + "config.json", "", directory + "source.js", folder};
  function.source = ReadSource(reading.files, reading.problems, function.origin.source_file);
  auto config = ReadConfigFile(reading.files, reading.problems, function.origin.file);
  if (!config) return;
  function.config = *std::move(config);
  function.name = EntityName(function.kind, function.config);
  if (function.name.empty()) function.name = folder;
  reading.tree.entities.push_back(std::move(function));
}

}  // namespace

void ReadStitchLayout(const LayoutReading& reading) {
  ReadServiceFolders(reading, "services/");
  for (const std::string& folder : reading.files.Directories("functions/")) {
    if (!absl::StartsWith(folder, "node_modules")) ReadFunction(reading, folder);
  }
  ReadEntityFiles(reading, "values/", v1::ENTITY_KIND_VALUE);
  ReadEntityFiles(reading, "auth_providers/", v1::ENTITY_KIND_AUTH_PROVIDER);
}

EntityOrigin StitchOriginOf(const AppEntity& entity) {
  const std::string& name = entity.name;
  switch (entity.kind) {
    case v1::ENTITY_KIND_SERVICE:
      return {absl::StrCat("services/", name, "/config.json"), "", "", name};
    case v1::ENTITY_KIND_WEBHOOK: {
      std::string directory = absl::StrCat("services/", entity.parent, "/incoming_webhooks/", name, "/");
      return {directory + "config.json", "", directory + "source.js", name};
    }
    case v1::ENTITY_KIND_RULE:
      return {absl::StrCat("services/", entity.parent, "/rules/", name, ".json"), "", "", ""};
    case v1::ENTITY_KIND_FUNCTION: {
      std::string directory = absl::StrCat("functions/", name, "/");
      return {directory + "config.json", "", directory + "source.js", name};
    }
    case v1::ENTITY_KIND_VALUE:
      return {absl::StrCat("values/", name, ".json"), "", "", name};
    case v1::ENTITY_KIND_AUTH_PROVIDER:
      return {absl::StrCat("auth_providers/", name, ".json"), "", "", name};
    default:
      return {};
  }
}

}  // namespace overlock::config
