#include "services/config/layout/realm_layout.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/config/json_text.h"

namespace overlock::config {
namespace {

constexpr char kFunctions[] = "functions/config.json";
constexpr char kEndpoints[] = "http_endpoints/config.json";
constexpr char kProviders[] = "auth/providers.json";

// An item of an array of entities. False, with an error, if it is no object.
bool ReadItem(const LayoutReading& reading, const char* file, size_t index, JsonValue& item, AppEntity& entity) {
  std::string path = absl::StrCat("[", index, "]");
  if (item.kind != JsonValue::Kind::kObject) {
    reading.problems.AddError(file, path, absl::StrCat("must be an object, not ", Describe(item.kind)));
    return false;
  }
  entity.config = std::move(item);
  entity.name = EntityName(entity.kind, entity.config);
  entity.origin = {file, std::move(path), "", ""};
  return true;
}

// A function whose file nobody named in config.json (spec section 1.5).
AppEntity DefaultFunction(const std::string& name) {
  AppEntity function;
  function.kind = v1::ENTITY_KIND_FUNCTION;
  function.name = name;
  function.config = MakeObject();
  SetMember(function.config, "name", MakeString(name));
  SetMember(function.config, "private", MakeBool(true));
  function.origin = {kFunctions, name, absl::StrCat("functions/", name, ".js"), ""};
  return function;
}

void ReadFunctions(const LayoutReading& reading) {
  std::set<std::string> named;
  std::optional<JsonValue> items = ReadArrayFile(reading.files, reading.problems, kFunctions);
  for (size_t i = 0; items && i < items->items.size(); ++i) {
    AppEntity function;
    function.kind = v1::ENTITY_KIND_FUNCTION;
    if (!ReadItem(reading, kFunctions, i, items->items[i], function)) continue;
    if (!function.name.empty()) {
      function.origin.source_file = absl::StrCat("functions/", function.name, ".js");
      function.source = ReadSource(reading.files, reading.problems, function.origin.source_file);
      named.insert(function.origin.source_file);
    }
    reading.tree.entities.push_back(std::move(function));
  }
  for (const std::string& path : reading.files.Paths("functions/")) {
    if (!absl::EndsWith(path, ".js") || absl::StrContains(path, "node_modules") || named.contains(path)) continue;
    std::string_view name = path;
    name.remove_prefix(std::string_view("functions/").size());
    name.remove_suffix(std::string_view(".js").size());
    AppEntity function = DefaultFunction(std::string(name));
    function.source = ReadSource(reading.files, reading.problems, path);
    reading.tree.entities.push_back(std::move(function));
  }
}

void ReadEndpoints(const LayoutReading& reading) {
  std::optional<JsonValue> items = ReadArrayFile(reading.files, reading.problems, kEndpoints);
  for (size_t i = 0; items && i < items->items.size(); ++i) {
    AppEntity endpoint;
    endpoint.kind = v1::ENTITY_KIND_ENDPOINT;
    if (ReadItem(reading, kEndpoints, i, items->items[i], endpoint)) {
      reading.tree.entities.push_back(std::move(endpoint));
    }
  }
}

void ReadProviders(const LayoutReading& reading) {
  if (!reading.files.Has(kProviders)) return;
  std::optional<JsonValue> providers = ReadObjectFile(reading.files, reading.problems, kProviders);
  if (!providers) return;
  for (JsonMember& member : providers->members) {
    if (member.value.kind != JsonValue::Kind::kObject) {
      reading.problems.AddError(kProviders, member.key,
                                absl::StrCat("must be an object, not ", Describe(member.value.kind)));
      continue;
    }
    AppEntity provider;
    provider.kind = v1::ENTITY_KIND_AUTH_PROVIDER;
    provider.config = std::move(member.value);
    provider.name = EntityName(provider.kind, provider.config);
    if (provider.name.empty()) {
      provider.name = member.key;
      SetFirstMember(provider.config, "name", MakeString(member.key));
    }
    provider.origin = {kProviders, member.key, "", ""};
    reading.tree.entities.push_back(std::move(provider));
  }
}

// A data source is a service whose rules stand in folders of their own, which are kept as they are.
void ReadDataSources(const LayoutReading& reading) {
  for (const std::string& folder : reading.files.Directories("data_sources/")) {
    std::string directory = absl::StrCat("data_sources/", folder, "/");
    std::optional<JsonValue> config = ReadConfigFile(reading.files, reading.problems, directory + "config.json");
    AppEntity source;
    source.kind = v1::ENTITY_KIND_SERVICE;
    source.origin = {directory + "config.json", "", "", folder};
    source.name = folder;
    if (config) {
      source.config = *std::move(config);
      std::string name = EntityName(source.kind, source.config);
      if (!name.empty() && !absl::StrContains(name, "/")) source.name = name;
    }
    KeepFilesAs(reading, directory, absl::StrCat("data_sources/", source.name, "/"));
    reading.tree.kept.erase(absl::StrCat("data_sources/", source.name, "/config.json"));
    if (config) reading.tree.entities.push_back(std::move(source));
  }
}

}  // namespace

void ReadRealmLayout(const LayoutReading& reading) {
  ReadServiceFolders(reading, "services/");
  ReadServiceFolders(reading, "http_endpoints/");
  ReadDataSources(reading);
  ReadFunctions(reading);
  ReadEndpoints(reading);
  ReadEntityFiles(reading, "values/", v1::ENTITY_KIND_VALUE);
  ReadProviders(reading);
  for (const char* file : {"auth/custom_user_data.json", "http_endpoints/data_api_config.json"}) {
    KeepFiles(reading, file);
  }
}

EntityOrigin RealmOriginOf(const AppTree& tree, const AppEntity& entity) {
  const std::string& name = entity.name;
  const std::string& service = entity.kind == v1::ENTITY_KIND_SERVICE ? entity.name : entity.parent;
  const std::string type = tree.ServiceType(service);
  const std::string folder = absl::StrCat(IsDataSource(type) ? "data_sources/"
                                          : type == "http"   ? "http_endpoints/"
                                                             : "services/",
                                          service, "/");
  switch (entity.kind) {
    case v1::ENTITY_KIND_SERVICE:
      return {folder + "config.json", "", "", name};
    case v1::ENTITY_KIND_WEBHOOK: {
      std::string directory = absl::StrCat(folder, "incoming_webhooks/", name, "/");
      return {directory + "config.json", "", directory + "source.js", name};
    }
    case v1::ENTITY_KIND_RULE:
      return {absl::StrCat(folder, "rules/", name, ".json"), "", "", ""};
    case v1::ENTITY_KIND_FUNCTION:
      return {kFunctions, name, absl::StrCat("functions/", name, ".js"), ""};
    case v1::ENTITY_KIND_VALUE:
      return {absl::StrCat("values/", name, ".json"), "", "", name};
    case v1::ENTITY_KIND_AUTH_PROVIDER:
      return {kProviders, name, "", ""};
    case v1::ENTITY_KIND_ENDPOINT:
      return {kEndpoints, name, "", ""};
    default:
      return {};
  }
}

}  // namespace overlock::config
