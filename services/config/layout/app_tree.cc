#include "services/config/layout/app_tree.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "services/config/app_directory.h"
#include "services/config/json_text.h"
#include "services/config/layout/app_layout.h"

namespace overlock::config {
namespace {

std::string TextMember(const JsonValue& object, std::string_view key) {
  const JsonValue* value = object.Find(key);
  return value != nullptr && value->kind == JsonValue::Kind::kString ? value->text : "";
}

JsonValue ParseStored(const std::string& text) {
  absl::StatusOr<JsonDocument> document = ParseJson(text);
  if (document.ok()) return std::move(document->root);
  return MakeObject();
}

}  // namespace

const AppEntity* AppTree::Find(v1::EntityKind kind, std::string_view parent, std::string_view name) const {
  auto it = std::find_if(entities.begin(), entities.end(), [&](const AppEntity& entity) {
    return entity.kind == kind && entity.parent == parent && entity.name == name;
  });
  return it == entities.end() ? nullptr : &*it;
}

AppEntity* AppTree::Find(v1::EntityKind kind, std::string_view parent, std::string_view name) {
  return const_cast<AppEntity*>(std::as_const(*this).Find(kind, parent, name));
}

std::string AppTree::ServiceType(std::string_view service) const {
  const AppEntity* entity = Find(v1::ENTITY_KIND_SERVICE, "", service);
  return entity == nullptr ? "" : TextMember(entity->config, "type");
}

void SortEntities(AppTree& tree) {
  auto key = [](const AppEntity& entity) { return std::tie(entity.kind, entity.parent, entity.name); };
  std::stable_sort(tree.entities.begin(), tree.entities.end(),
                   [&](const AppEntity& a, const AppEntity& b) { return key(a) < key(b); });
}

bool CanHaveWebhooks(std::string_view type) { return type == "http" || type == "github" || type == "twilio"; }

bool IsDataSource(std::string_view type) { return type == "mongodb" || type == "mongodb-atlas" || type == "datalake"; }

bool HasSource(v1::EntityKind kind) { return kind == v1::ENTITY_KIND_FUNCTION || kind == v1::ENTITY_KIND_WEBHOOK; }

std::string EndpointName(const JsonValue& config) {
  std::string route = TextMember(config, "route");
  if (route.empty()) return "";
  std::string method = TextMember(config, "http_method");
  return absl::StrCat(method.empty() ? "*" : method, " ", route);
}

std::string EntityName(v1::EntityKind kind, const JsonValue& config) {
  return kind == v1::ENTITY_KIND_ENDPOINT ? EndpointName(config) : TextMember(config, "name");
}

std::string_view KindWord(v1::EntityKind kind) {
  switch (kind) {
    case v1::ENTITY_KIND_SERVICE:
      return "service";
    case v1::ENTITY_KIND_WEBHOOK:
      return "webhook";
    case v1::ENTITY_KIND_RULE:
      return "rule";
    case v1::ENTITY_KIND_FUNCTION:
      return "function";
    case v1::ENTITY_KIND_VALUE:
      return "value";
    case v1::ENTITY_KIND_AUTH_PROVIDER:
      return "auth provider";
    case v1::ENTITY_KIND_ENDPOINT:
      return "endpoint";
    default:
      return "";
  }
}

bool IsHostingFile(std::string_view path) { return path.starts_with(absl::StrCat(kHostingDirectory, "/")); }

v1::AppDocument ToDocument(const AppTree& tree) {
  v1::AppDocument document;
  document.set_layout(tree.layout);
  document.set_root_json(ToText(tree.root));
  for (const AppEntity& entity : tree.entities) {
    auto& stored = *document.add_entities();
    stored.set_kind(entity.kind);
    stored.set_parent(entity.parent);
    stored.set_name(entity.name);
    stored.set_id(entity.id);
    stored.set_config_json(ToText(entity.config));
    stored.set_source(entity.source);
  }
  for (const auto& [path, content] : tree.kept) {
    auto& file = *document.add_kept_files();
    file.set_path(path);
    file.set_content(content);
  }
  return document;
}

AppTree FromDocument(const v1::AppDocument& document) {
  AppTree tree;
  tree.layout = document.layout();
  tree.root_file = RootFile(document.layout());
  tree.root = ParseStored(document.root_json());
  for (const auto& stored : document.entities()) {
    AppEntity entity;
    entity.kind = stored.kind();
    entity.parent = stored.parent();
    entity.name = stored.name();
    entity.id = stored.id();
    entity.config = ParseStored(stored.config_json());
    entity.source = stored.source();
    tree.entities.push_back(std::move(entity));
  }
  for (AppEntity& entity : tree.entities) entity.origin = OriginOf(tree, entity);
  for (const auto& file : document.kept_files()) tree.kept[file.path()] = file.content();
  return tree;
}

}  // namespace overlock::config
