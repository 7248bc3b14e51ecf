// Entities.
#include "common/text/page_token.h"
#include "services/config/entity_resource.h"
#include "services/config/layout/app_layout.h"
#include "services/config/local_app_admin.h"

namespace overlock::config {
namespace {

// The entity as it is in what was committed.
v1::Entity EntityIn(const v1::Application& application, v1::EntityKind kind, std::string_view id) {
  for (const AppEntity& entity : FromDocument(application.document()).entities) {
    if (entity.kind == kind && entity.id == id) return MakeEntity(entity, true);
  }
  return {};
}

// Where an entity stands in a list.
std::string KeyOf(const AppEntity& entity) {
  return absl::StrCat(static_cast<int>(entity.kind), "\n", entity.parent, "\n", entity.name);
}

}  // namespace

AppAdmin::Answer<v1::CreateEntityResponse> LocalAppAdmin::CreateEntity(v1::CreateEntityRequest request,
                                                                       CallContext call) {
  auto work = [this](const v1::CreateEntityRequest& request,
                     const Actor& actor) -> absl::StatusOr<v1::CreateEntityResponse> {
    const v1::Entity& wanted = request.entity();
    std::string id;
    auto edit_tree = [&](AppTree& tree) -> absl::Status {
      OVERLOCK_ASSIGN_OR_RETURN(AppEntity * added, AddEntity(tree, wanted));
      id = added->id;
      return absl::OkStatus();
    };
    OVERLOCK_ASSIGN_OR_RETURN(JsonValue config, ParseObject("config_json", wanted.config_json()));
    AuditEntry audit = actor.Audit("create entity", request.app_id(),
                                   Subject(wanted.kind(), wanted.parent(), EntityName(wanted.kind(), config)));
    OVERLOCK_ASSIGN_OR_RETURN(AppCatalog::Committed committed, Change(audit, request.options(), edit_tree));
    v1::CreateEntityResponse response;
    *response.mutable_entity() = EntityIn(*committed.application, wanted.kind(), id);
    *response.mutable_written() = MakeWritten(committed);
    return response;
  };
  Need need{v1::ROLE_EDITOR, request.app_id()};
  return Run<v1::CreateEntityResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::GetEntityResponse> LocalAppAdmin::GetEntity(v1::GetEntityRequest request, CallContext call) {
  auto work = [this](const v1::GetEntityRequest& request, const Actor&) -> absl::StatusOr<v1::GetEntityResponse> {
    OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::Stored stored, Load(request.app_id(), request.from_draft()));
    AppTree tree = FromDocument(stored.application->document());
    OVERLOCK_ASSIGN_OR_RETURN(const AppEntity* entity, FindEntity(tree, request.name()));
    v1::GetEntityResponse response;
    *response.mutable_entity() = MakeEntity(*entity, true);
    return response;
  };
  Need need{v1::ROLE_VIEWER, request.app_id()};
  return Run<v1::GetEntityResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::ListEntitiesResponse> LocalAppAdmin::ListEntities(v1::ListEntitiesRequest request,
                                                                       CallContext call) {
  auto work = [this](const v1::ListEntitiesRequest& request, const Actor&) -> absl::StatusOr<v1::ListEntitiesResponse> {
    OVERLOCK_ASSIGN_OR_RETURN(std::string after, ReadPageToken(request.page_token()));
    OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::Stored stored, Load(request.app_id(), request.from_draft()));
    const int size = PageSize(request.page_size());
    v1::ListEntitiesResponse response;
    std::string last;
    AppTree tree = FromDocument(stored.application->document());
    for (const AppEntity& entity : tree.entities) {
      if (request.kind() != v1::ENTITY_KIND_UNSPECIFIED && entity.kind != request.kind()) continue;
      if (!request.parent().empty() && entity.parent != request.parent()) continue;
      if (!after.empty() && KeyOf(entity) <= after) continue;
      if (response.entities_size() == size) {
        response.set_next_page_token(MakePageToken(last));
        break;
      }
      *response.add_entities() = MakeEntity(entity, false);
      last = KeyOf(entity);
    }
    return response;
  };
  Need need{v1::ROLE_VIEWER, request.app_id()};
  return Run<v1::ListEntitiesResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::UpdateEntityResponse> LocalAppAdmin::UpdateEntity(v1::UpdateEntityRequest request,
                                                                       CallContext call) {
  auto work = [this](const v1::UpdateEntityRequest& request,
                     const Actor& actor) -> absl::StatusOr<v1::UpdateEntityResponse> {
    const v1::EntityName& name = request.name();
    std::string id;
    auto edit_tree = [&](AppTree& tree) -> absl::Status {
      OVERLOCK_ASSIGN_OR_RETURN(AppEntity * changed, ChangeEntity(tree, request));
      id = changed->id;
      return absl::OkStatus();
    };
    AuditEntry audit = actor.Audit("update entity", request.app_id(), Subject(name.kind(), name.parent(), name.name()));
    OVERLOCK_ASSIGN_OR_RETURN(AppCatalog::Committed committed, Change(audit, request.options(), edit_tree));
    v1::UpdateEntityResponse response;
    *response.mutable_entity() = EntityIn(*committed.application, name.kind(), id);
    *response.mutable_written() = MakeWritten(committed);
    return response;
  };
  Need need{v1::ROLE_EDITOR, request.app_id()};
  return Run<v1::UpdateEntityResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::DeleteEntityResponse> LocalAppAdmin::DeleteEntity(v1::DeleteEntityRequest request,
                                                                       CallContext call) {
  auto work = [this](const v1::DeleteEntityRequest& request,
                     const Actor& actor) -> absl::StatusOr<v1::DeleteEntityResponse> {
    const v1::EntityName& name = request.name();
    AuditEntry audit = actor.Audit("delete entity", request.app_id(), Subject(name.kind(), name.parent(), name.name()));
    auto edit_tree = [&](AppTree& tree) { return RemoveEntity(tree, request); };
    OVERLOCK_ASSIGN_OR_RETURN(AppCatalog::Committed committed, Change(audit, request.options(), edit_tree));
    v1::DeleteEntityResponse response;
    *response.mutable_written() = MakeWritten(committed);
    return response;
  };
  Need need{v1::ROLE_EDITOR, request.app_id()};
  return Run<v1::DeleteEntityResponse>(std::move(request), std::move(call), std::move(need), work);
}

}  // namespace overlock::config
