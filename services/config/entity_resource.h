// Entities as resources of AdminService.
#ifndef OVERLOCK_SERVICES_CONFIG_ENTITY_RESOURCE_H_
#define OVERLOCK_SERVICES_CONFIG_ENTITY_RESOURCE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "overlock/config/v1/admin_service.pb.h"
#include "services/config/layout/app_tree.h"

namespace overlock::config {

// Changes with the text.
std::string EtagOf(std::string_view text);
// OK for an empty `given`. ABORTED (`ETAG_MISMATCH`).
absl::Status CheckEtag(std::string_view given, std::string_view current);

// `webhook s/w`, `function f`: for messages and the audit record.
std::string Subject(v1::EntityKind kind, std::string_view parent, std::string_view name);

// Without the secret of a webhook; the etag covers it all the same.
v1::Entity MakeEntity(const AppEntity& entity, bool with_source);

// JSON text that must be an object without doubled keys. INVALID_ARGUMENT (`CONFIG_INVALID`), `field` says where.
absl::StatusOr<JsonValue> ParseObject(std::string_view field, const std::string& text);

// Adds an entity and returns it. The configuration's own `id` counts for nothing. INVALID_ARGUMENT, ALREADY_EXISTS
// (`ENTITY_EXISTS`), NOT_FOUND (`ENTITY_NOT_FOUND`) if its service is not there.
absl::StatusOr<AppEntity*> AddEntity(AppTree& tree, const v1::Entity& wanted);
// Changes the entity that the request names and returns it.
absl::StatusOr<AppEntity*> ChangeEntity(AppTree& tree, const v1::UpdateEntityRequest& request);
// Takes an entity out, and what belongs to it.
absl::Status RemoveEntity(AppTree& tree, const v1::DeleteEntityRequest& request);

// INVALID_ARGUMENT (`KIND_UNSPECIFIED`), NOT_FOUND (`ENTITY_NOT_FOUND`).
absl::StatusOr<const AppEntity*> FindEntity(const AppTree& tree, const v1::EntityName& name);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_ENTITY_RESOURCE_H_
