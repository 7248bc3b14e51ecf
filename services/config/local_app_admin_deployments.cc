// Drafts and deployments.
#include <google/protobuf/util/time_util.h>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/app_diff.h"
#include "services/config/layout/app_layout.h"
#include "services/config/local_app_admin.h"

namespace overlock::config {
namespace {

// `content` in the place of `current`, whose secrets it gets: they belong to the server and not to a revision.
ParsedApp Restore(const v1::Application& content, const v1::Application& current, const AppCheckers& checkers) {
  v1::Application base;
  base.set_dependencies(content.dependencies());
  *base.mutable_secrets() = current.secrets();
  return ParseEditedApp(FromDocument(content.document()), checkers, base);
}

}  // namespace

AppAdmin::Answer<v1::CreateDraftResponse> LocalAppAdmin::CreateDraft(v1::CreateDraftRequest request, CallContext call) {
  auto work = [this](const v1::CreateDraftRequest& request,
                     const Actor& actor) -> absl::StatusOr<v1::CreateDraftResponse> {
    OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::Stored stored, Load(request.app_id(), false));
    ApplicationStore::Draft draft{stored.application, stored.revision, actor.token.name(), catalog_.Now()};
    AuditEntry audit = actor.Audit("create draft", request.app_id(), "draft");
    OVERLOCK_RETURN_IF_ERROR(catalog_.store().PutDraft(draft, true, audit, catalog_.Now()));
    v1::CreateDraftResponse response;
    *response.mutable_draft() = MakeDraft(draft, request.app_id());
    return response;
  };
  Need need{v1::ROLE_EDITOR, request.app_id()};
  return Run<v1::CreateDraftResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::GetDraftResponse> LocalAppAdmin::GetDraft(v1::GetDraftRequest request, CallContext call) {
  auto work = [this](const v1::GetDraftRequest& request, const Actor&) -> absl::StatusOr<v1::GetDraftResponse> {
    OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::Stored stored, Load(request.app_id(), false));
    OVERLOCK_ASSIGN_OR_RETURN(auto draft, catalog_.store().LoadDraft(request.app_id()));
    if (!draft) return NoDraft(request.app_id());
    v1::GetDraftResponse response;
    *response.mutable_draft() = MakeDraft(*draft, request.app_id());
    for (std::string& diff : DiffApplications(stored.application.get(), *draft->application)) {
      response.add_diffs(std::move(diff));
    }
    return response;
  };
  Need need{v1::ROLE_VIEWER, request.app_id()};
  return Run<v1::GetDraftResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::DiscardDraftResponse> LocalAppAdmin::DiscardDraft(v1::DiscardDraftRequest request,
                                                                       CallContext call) {
  auto work = [this](const v1::DiscardDraftRequest& request,
                     const Actor& actor) -> absl::StatusOr<v1::DiscardDraftResponse> {
    OVERLOCK_RETURN_IF_ERROR(Load(request.app_id(), false).status());
    AuditEntry audit = actor.Audit("discard draft", request.app_id(), "draft");
    OVERLOCK_RETURN_IF_ERROR(catalog_.store().DropDraft(audit, catalog_.Now()));
    return v1::DiscardDraftResponse();
  };
  Need need{v1::ROLE_EDITOR, request.app_id()};
  return Run<v1::DiscardDraftResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::DeployDraftResponse> LocalAppAdmin::DeployDraft(v1::DeployDraftRequest request, CallContext call) {
  auto work = [this](const v1::DeployDraftRequest& request,
                     const Actor& actor) -> absl::StatusOr<v1::DeployDraftResponse> {
    const std::string& app_id = request.app_id();
    AppCatalog::Edit edit;
    edit.audit = actor.Audit("deploy draft", app_id, "application", request.note());
    edit.ends_draft = true;
    auto make_next = [&](const v1::Application* current) -> absl::StatusOr<ParsedApp> {
      if (current == nullptr) return AppNotFound(app_id);
      OVERLOCK_ASSIGN_OR_RETURN(auto draft, catalog_.store().LoadDraft(app_id));
      if (!draft) return NoDraft(app_id);
      if (!request.force() && MakeDraft(*draft, app_id).outdated()) {
        return Error(absl::StatusCode::kAborted, "DRAFT_OUTDATED",
                     absl::StrCat("app_id: ", app_id, " has been deployed anew since revision ", draft->base_revision,
                                  ", of which the draft was made; force undoes that, or discard the draft"));
      }
      return Restore(*draft->application, *current, catalog_.checkers());
    };
    OVERLOCK_ASSIGN_OR_RETURN(AppCatalog::Committed committed, Commit(std::move(edit), make_next));
    v1::DeployDraftResponse response;
    *response.mutable_written() = MakeWritten(committed);
    return response;
  };
  Need need{v1::ROLE_EDITOR, request.app_id()};
  return Run<v1::DeployDraftResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::ListDeploymentsResponse> LocalAppAdmin::ListDeployments(v1::ListDeploymentsRequest request,
                                                                             CallContext call) {
  auto work = [this](const v1::ListDeploymentsRequest& request,
                     const Actor&) -> absl::StatusOr<v1::ListDeploymentsResponse> {
    OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::Stored current, Load(request.app_id(), false));
    OVERLOCK_ASSIGN_OR_RETURN(auto revisions, catalog_.store().ListRevisions(request.app_id()));
    v1::ListDeploymentsResponse response;
    for (const ApplicationStore::Revision& revision : revisions) {
      v1::Deployment& deployment = *response.add_deployments();
      deployment.set_revision(revision.revision);
      *deployment.mutable_create_time() =
          google::protobuf::util::TimeUtil::MillisecondsToTimestamp(absl::ToUnixMillis(revision.created_at));
      deployment.set_actor(revision.actor);
      deployment.set_action(revision.action);
      deployment.set_note(revision.note);
      deployment.set_current(revision.revision == current.revision);
    }
    return response;
  };
  Need need{v1::ROLE_VIEWER, request.app_id()};
  return Run<v1::ListDeploymentsResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::RollbackAppResponse> LocalAppAdmin::RollbackApp(v1::RollbackAppRequest request, CallContext call) {
  auto work = [this](const v1::RollbackAppRequest& request,
                     const Actor& actor) -> absl::StatusOr<v1::RollbackAppResponse> {
    const std::string& app_id = request.app_id();
    v1::AppVersion version;
    version.set_revision(request.revision());
    if (request.revision() == 0) {
      OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::Stored current, Load(app_id, false));
      OVERLOCK_ASSIGN_OR_RETURN(auto revisions, catalog_.store().ListRevisions(app_id));
      for (const ApplicationStore::Revision& revision : revisions) {
        if (revision.revision >= current.revision) continue;
        version.set_revision(revision.revision);
        break;
      }
    }
    OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::ApplicationPtr old, LoadVersion(app_id, version));
    AppCatalog::Edit edit;
    edit.audit =
        actor.Audit("rollback", app_id, absl::StrCat("revision ", version.revision()), request.options().note());
    edit.validate_only = request.options().validate_only();
    edit.to_draft = request.options().to_draft();
    // Whoever rolls back has no time for drafts.
    edit.beside_draft = true;
    auto make_next = [&](const v1::Application* current) -> absl::StatusOr<ParsedApp> {
      if (current == nullptr) return AppNotFound(app_id);
      return Restore(*old, *current, catalog_.checkers());
    };
    OVERLOCK_ASSIGN_OR_RETURN(AppCatalog::Committed committed, Commit(std::move(edit), make_next));
    v1::RollbackAppResponse response;
    *response.mutable_written() = MakeWritten(committed);
    response.set_restored_revision(version.revision());
    return response;
  };
  Need need{v1::ROLE_EDITOR, request.app_id()};
  return Run<v1::RollbackAppResponse>(std::move(request), std::move(call), std::move(need), work);
}

}  // namespace overlock::config
