#include "services/config/entity_resource.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/hmac.h"
#include "common/status/status.h"
#include "services/config/json_text.h"
#include "services/config/layout/app_layout.h"
#include "services/config/layout/import_strategy.h"
#include "services/config/webhook_secret.h"

namespace overlock::config {
namespace {

constexpr size_t kEtagBytes = 8;

bool HasParent(v1::EntityKind kind) { return kind == v1::ENTITY_KIND_WEBHOOK || kind == v1::ENTITY_KIND_RULE; }

absl::Status Invalid(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID", message);
}

absl::Status CheckKind(v1::EntityKind kind) {
  if (!KindWord(kind).empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "KIND_UNSPECIFIED",
               "kind: must be SERVICE, WEBHOOK, RULE, FUNCTION, VALUE, AUTH_PROVIDER or ENDPOINT");
}

absl::Status NotFound(v1::EntityKind kind, std::string_view parent, std::string_view name) {
  return Error(absl::StatusCode::kNotFound, "ENTITY_NOT_FOUND",
               absl::StrCat("name: the application has no ", Subject(kind, parent, name)));
}

absl::Status Taken(v1::EntityKind kind, std::string_view parent, std::string_view name) {
  return Error(absl::StatusCode::kAlreadyExists, "ENTITY_EXISTS",
               absl::StrCat("name: the application has a ", Subject(kind, parent, name), " already"));
}

// What the file of an entity holds, without its id.
absl::StatusOr<JsonValue> ParseConfig(const std::string& text) {
  OVERLOCK_ASSIGN_OR_RETURN(JsonValue config, ParseObject("config_json", text));
  RemoveMember(config, "id");
  RemoveMember(config, "_id");
  return config;
}

std::string EtagOfEntity(const AppEntity& entity) {
  return EtagOf(absl::StrCat(entity.id, "\n", ToText(entity.config), "\n", entity.source));
}

// Webhooks and rules follow their service.
void MoveChildren(AppTree& tree, const std::string& old_name, const std::string& new_name) {
  for (AppEntity& entity : tree.entities) {
    if (HasParent(entity.kind) && entity.parent == old_name) {
      entity.parent = new_name;
      entity.origin = OriginOf(tree, entity);
    }
  }
  std::map<std::string, std::string> kept;
  for (auto& [path, content] : tree.kept) {
    std::string moved = path;
    for (const char* directory : {"services/", "data_sources/"}) {
      const std::string prefix = absl::StrCat(directory, old_name, "/");
      if (path.starts_with(prefix)) moved = absl::StrCat(directory, new_name, "/", path.substr(prefix.size()));
    }
    kept[std::move(moved)] = std::move(content);
  }
  tree.kept = std::move(kept);
}

absl::Status Rename(AppTree& tree, AppEntity& entity, const std::string& name) {
  if (name.empty() || name == entity.name) return absl::OkStatus();
  if (tree.Find(entity.kind, entity.parent, name) != nullptr) return Taken(entity.kind, entity.parent, name);
  std::string old_name = std::exchange(entity.name, name);
  if (entity.kind == v1::ENTITY_KIND_SERVICE) MoveChildren(tree, old_name, name);
  return absl::OkStatus();
}

}  // namespace

std::string EtagOf(std::string_view text) { return absl::BytesToHexString(crypto::Sha256(text).substr(0, kEtagBytes)); }

absl::Status CheckEtag(std::string_view given, std::string_view current) {
  if (given.empty() || given == current) return absl::OkStatus();
  return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH",
               "etag: somebody has changed it since; get it again and decide anew");
}

std::string Subject(v1::EntityKind kind, std::string_view parent, std::string_view name) {
  return absl::StrCat(KindWord(kind), " ", parent, parent.empty() ? "" : "/", name.substr(0, 256));
}

v1::Entity MakeEntity(const AppEntity& entity, bool with_source) {
  v1::Entity resource;
  resource.set_kind(entity.kind);
  resource.set_parent(entity.parent);
  resource.set_name(entity.name);
  resource.set_id(entity.id);
  AppEntity open = entity;
  RemoveWebhookSecret(open);
  resource.set_config_json(ToText(open.config));
  if (with_source) resource.set_source(entity.source);
  resource.set_etag(EtagOfEntity(entity));
  return resource;
}

absl::StatusOr<JsonValue> ParseObject(std::string_view field, const std::string& text) {
  absl::StatusOr<JsonDocument> document = ParseJson(text);
  if (!document.ok()) return Invalid(absl::StrCat(field, ": ", document.status().message()));
  for (const auto& doubled : document->doubled_keys) {
    return Invalid(absl::StrCat(field, ": ", doubled.path, ": stands here twice"));
  }
  if (document->root.kind != JsonValue::Kind::kObject) {
    return Invalid(absl::StrCat(field, ": must be an object, not ", Describe(document->root.kind)));
  }
  return std::move(document->root);
}

absl::StatusOr<const AppEntity*> FindEntity(const AppTree& tree, const v1::EntityName& name) {
  OVERLOCK_RETURN_IF_ERROR(CheckKind(name.kind()));
  const AppEntity* entity = tree.Find(name.kind(), name.parent(), name.name());
  if (entity == nullptr) return NotFound(name.kind(), name.parent(), name.name());
  return entity;
}

absl::StatusOr<AppEntity*> AddEntity(AppTree& tree, const v1::Entity& wanted) {
  OVERLOCK_RETURN_IF_ERROR(CheckKind(wanted.kind()));
  OVERLOCK_ASSIGN_OR_RETURN(JsonValue config, ParseConfig(wanted.config_json()));
  if (wanted.kind() == v1::ENTITY_KIND_ENDPOINT && tree.layout != v1::LAYOUT_REALM_2) {
    return Invalid("kind: only applications of layout F3 (realm_config.json) have endpoints");
  }
  if (HasParent(wanted.kind()) != !wanted.parent().empty()) {
    return Invalid(absl::StrCat(
        "parent: ", HasParent(wanted.kind()) ? "is required: the service's name" : "is for webhooks and rules only"));
  }
  if (HasParent(wanted.kind()) && tree.Find(v1::ENTITY_KIND_SERVICE, "", wanted.parent()) == nullptr) {
    return NotFound(v1::ENTITY_KIND_SERVICE, "", wanted.parent());
  }
  AppEntity entity;
  entity.kind = wanted.kind();
  entity.parent = wanted.parent();
  entity.name = EntityName(entity.kind, config);
  if (entity.name.empty()) {
    return Invalid(entity.kind == v1::ENTITY_KIND_ENDPOINT ? "config_json: route: is required: a string"
                                                           : "config_json: name: is required: a string");
  }
  if (tree.Find(entity.kind, entity.parent, entity.name) != nullptr) {
    return Taken(entity.kind, entity.parent, entity.name);
  }
  entity.config = std::move(config);
  if (HasSource(entity.kind)) entity.source = wanted.source();
  entity.id = MakeEntityId(tree, entity);
  AppEntity& added = tree.entities.emplace_back(std::move(entity));
  added.origin = OriginOf(tree, added);
  return &added;
}

absl::StatusOr<AppEntity*> ChangeEntity(AppTree& tree, const v1::UpdateEntityRequest& request) {
  OVERLOCK_ASSIGN_OR_RETURN(const AppEntity* found, FindEntity(tree, request.name()));
  AppEntity& entity = const_cast<AppEntity&>(*found);
  OVERLOCK_RETURN_IF_ERROR(CheckEtag(request.etag(), EtagOfEntity(entity)));
  if (request.has_source()) {
    if (!HasSource(entity.kind)) return Invalid("source: only functions and webhooks have one");
    entity.source = request.source();
  }
  if (!request.config_json().empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(JsonValue config, ParseConfig(request.config_json()));
    const std::string* before = WebhookSecretOf(entity);
    std::string secret = before == nullptr ? "" : *before;
    entity.config = std::move(config);
    if (!secret.empty() && WebhookSecretOf(entity) == nullptr) SetWebhookSecret(entity, secret);
    OVERLOCK_RETURN_IF_ERROR(Rename(tree, entity, EntityName(entity.kind, entity.config)));
  }
  entity.origin = OriginOf(tree, entity);
  return &entity;
}

absl::Status RemoveEntity(AppTree& tree, const v1::DeleteEntityRequest& request) {
  OVERLOCK_ASSIGN_OR_RETURN(const AppEntity* entity, FindEntity(tree, request.name()));
  OVERLOCK_RETURN_IF_ERROR(CheckEtag(request.etag(), EtagOfEntity(*entity)));
  const v1::EntityName& name = request.name();
  const bool service = name.kind() == v1::ENTITY_KIND_SERVICE;
  std::erase_if(tree.entities, [&](const AppEntity& other) {
    if (service && HasParent(other.kind) && other.parent == name.name()) return true;
    return other.kind == name.kind() && other.parent == name.parent() && other.name == name.name();
  });
  if (service) {
    std::erase_if(tree.kept, [&](const auto& file) {
      return file.first.starts_with(absl::StrCat("services/", name.name(), "/")) ||
             file.first.starts_with(absl::StrCat("data_sources/", name.name(), "/"));
    });
  }
  return absl::OkStatus();
}

}  // namespace overlock::config
