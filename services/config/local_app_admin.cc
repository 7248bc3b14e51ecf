#include "services/config/local_app_admin.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status.h"
#include "services/config/app_diff.h"
#include "services/config/app_export.h"
#include "services/config/entity_resource.h"
#include "services/config/json_text.h"
#include "services/config/layout/app_layout.h"

namespace overlock::config {
namespace {

constexpr int kProblemsShownMax = 20;

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  return google::protobuf::util::TimeUtil::MillisecondsToTimestamp(absl::ToUnixMillis(time));
}

absl::Status Invalid(const google::protobuf::RepeatedPtrField<v1::ImportProblem>& problems) {
  std::vector<std::string> lines;
  for (const auto& problem : problems) {
    if (problem.severity() != v1::ImportProblem::SEVERITY_ERROR) continue;
    if (lines.size() == kProblemsShownMax) {
      lines.push_back("...");
      break;
    }
    lines.push_back(
        absl::StrCat(problem.file(), ": ", problem.field(), problem.field().empty() ? "" : ": ", problem.message()));
  }
  return Error(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID", absl::StrJoin(lines, "\n"));
}

// The root file of a new application: layout F2.
std::string NewRoot(const v1::CreateAppRequest& request) {
  JsonValue root = MakeObject();
  if (!request.app_id().empty()) SetMember(root, "app_id", MakeString(request.app_id()));
  SetMember(root, "config_version", MakeInteger(ConfigVersion(v1::LAYOUT_REALM_1)));
  SetMember(root, "name", MakeString(request.name()));
  SetMember(root, "location", MakeString("US-VA"));
  SetMember(root, "deployment_model", MakeString("GLOBAL"));
  return ToPrettyText(root);
}

// Name and id of an application cannot change: its URLs and its history hang on them.
absl::Status KeepIdentity(const JsonValue& before, JsonValue& root) {
  for (const char* field : {"name", "app_id"}) {
    const JsonValue* was = before.Find(field);
    if (was == nullptr) continue;
    const JsonValue* is = root.Find(field);
    if (is != nullptr && (is->kind != JsonValue::Kind::kString || is->text != was->text)) {
      return Error(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID",
                   absl::StrCat("root_json: ", field, ": cannot change; it is '", was->text, "'"));
    }
    SetFirstMember(root, field, *was);
  }
  return absl::OkStatus();
}

}  // namespace

v1::Written MakeWritten(const AppCatalog::Committed& committed) {
  v1::Written written;
  written.set_revision(committed.revision);
  written.set_unchanged(committed.unchanged);
  *written.mutable_problems() = committed.problems;
  return written;
}

// ---- What all share.

Task<absl::Status> LocalAppAdmin::RunOnPool(std::string_view request, CallContext call, Need need,
                                            std::function<absl::Status(const Actor& actor)> work) {
  auto all = [this, call = std::move(call), need = std::move(need), work = std::move(work)]() -> absl::Status {
    OVERLOCK_ASSIGN_OR_RETURN(Actor actor, access_.Identify(call));
    OVERLOCK_RETURN_IF_ERROR(actor.Check(need.role, need.app_id));
    return work(actor);
  };
  const absl::Time began = catalog_.Now();
  absl::Status status = co_await pool_.Run(std::move(all));
  metrics_.Count(request, status, catalog_.Now() - began);
  co_return status;
}

absl::StatusOr<AppCatalog::Committed> LocalAppAdmin::Commit(AppCatalog::Edit edit,
                                                            const AppCatalog::MakeNext& make_next) {
  OVERLOCK_RETURN_IF_ERROR(CheckNote(edit.audit.note));
  OVERLOCK_ASSIGN_OR_RETURN(AppCatalog::Committed committed, catalog_.Commit(edit, make_next));
  if (committed.has_errors) return Invalid(committed.problems);
  return committed;
}

absl::StatusOr<AppCatalog::Committed> LocalAppAdmin::Change(const AuditEntry& audit, const v1::WriteOptions& options,
                                                            const EditTree& edit_tree) {
  AppCatalog::Edit edit;
  edit.audit = audit;
  edit.audit.note = options.note();
  edit.validate_only = options.validate_only();
  edit.to_draft = options.to_draft();
  return Commit(std::move(edit), [&](const v1::Application* current) -> absl::StatusOr<ParsedApp> {
    if (current == nullptr) return AppNotFound(audit.app_id);
    AppTree tree = FromDocument(current->document());
    OVERLOCK_RETURN_IF_ERROR(edit_tree(tree));
    return ParseEditedApp(std::move(tree), catalog_.checkers(), *current);
  });
}

absl::StatusOr<ApplicationStore::Stored> LocalAppAdmin::Load(const std::string& app_id, bool from_draft) {
  ApplicationStore::Stored stored = catalog_.Find(app_id);
  if (stored.application == nullptr) return AppNotFound(app_id);
  if (!from_draft) return stored;
  OVERLOCK_ASSIGN_OR_RETURN(std::optional<ApplicationStore::Draft> draft, catalog_.store().LoadDraft(app_id));
  if (!draft) return NoDraft(app_id);
  return ApplicationStore::Stored{draft->application, 0};
}

absl::StatusOr<ApplicationStore::ApplicationPtr> LocalAppAdmin::LoadVersion(const std::string& app_id,
                                                                            const v1::AppVersion& version) {
  if (version.version_case() != v1::AppVersion::kRevision) {
    OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::Stored stored, Load(app_id, version.draft()));
    return stored.application;
  }
  OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::ApplicationPtr application,
                            catalog_.store().LoadRevision(app_id, version.revision()));
  if (application != nullptr) return application;
  return Error(absl::StatusCode::kNotFound, "REVISION_NOT_FOUND",
               absl::StrCat("revision: ", version.revision(), " of ", app_id, " is not kept"));
}

absl::StatusOr<v1::App> LocalAppAdmin::MakeApp(const v1::Application& application, int64_t revision) {
  v1::App app;
  app.set_app_id(application.app_id());
  app.set_name(application.name());
  app.set_layout(application.document().layout());
  app.set_root_json(application.document().root_json());
  app.set_revision(revision);
  app.set_etag(EtagOf(application.document().root_json()));
  OVERLOCK_ASSIGN_OR_RETURN(auto draft, catalog_.store().LoadDraft(application.app_id()));
  app.set_has_draft(draft.has_value());
  return app;
}

v1::Draft LocalAppAdmin::MakeDraft(const ApplicationStore::Draft& stored, const std::string& app_id) const {
  v1::Draft draft;
  draft.set_actor(stored.actor);
  *draft.mutable_create_time() = ToTimestamp(stored.created_at);
  draft.set_base_revision(stored.base_revision);
  draft.set_outdated(catalog_.Find(app_id).revision != stored.base_revision);
  return draft;
}

// ---- Applications.

AppAdmin::Answer<v1::CreateAppResponse> LocalAppAdmin::CreateApp(v1::CreateAppRequest request, CallContext call) {
  auto work = [this](const v1::CreateAppRequest& request, const Actor& actor) -> absl::StatusOr<v1::CreateAppResponse> {
    v1::ImportAppRequest import;
    import.add_files()->set_path("config.json");
    import.mutable_files(0)->set_content(NewRoot(request));
    OVERLOCK_ASSIGN_OR_RETURN(std::string app_id, FindAppId(import));
    AppCatalog::Edit edit;
    edit.audit = actor.Audit("create app", app_id, "application", request.options().note());
    edit.validate_only = request.options().validate_only();
    auto make_next = [&](const v1::Application* current) -> absl::StatusOr<ParsedApp> {
      if (current == nullptr) return ParseApp(import, catalog_.checkers());
      return Error(absl::StatusCode::kAlreadyExists, "APP_EXISTS",
                   absl::StrCat("app_id: there is an application '", app_id, "' already"));
    };
    OVERLOCK_ASSIGN_OR_RETURN(AppCatalog::Committed committed, Commit(std::move(edit), make_next));
    v1::CreateAppResponse response;
    OVERLOCK_ASSIGN_OR_RETURN(*response.mutable_app(), MakeApp(*committed.application, committed.revision));
    *response.mutable_written() = MakeWritten(committed);
    return response;
  };
  return Run<v1::CreateAppResponse>(std::move(request), std::move(call), {v1::ROLE_ADMIN, ""}, work);
}

AppAdmin::Answer<v1::GetAppResponse> LocalAppAdmin::GetApp(v1::GetAppRequest request, CallContext call) {
  auto work = [this](const v1::GetAppRequest& request, const Actor&) -> absl::StatusOr<v1::GetAppResponse> {
    OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::Stored stored, Load(request.app_id(), request.from_draft()));
    v1::GetAppResponse response;
    OVERLOCK_ASSIGN_OR_RETURN(*response.mutable_app(), MakeApp(*stored.application, stored.revision));
    return response;
  };
  Need need{v1::ROLE_VIEWER, request.app_id()};
  return Run<v1::GetAppResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::UpdateAppResponse> LocalAppAdmin::UpdateApp(v1::UpdateAppRequest request, CallContext call) {
  auto work = [this](const v1::UpdateAppRequest& request, const Actor& actor) -> absl::StatusOr<v1::UpdateAppResponse> {
    OVERLOCK_ASSIGN_OR_RETURN(JsonValue root, ParseObject("root_json", request.root_json()));
    auto edit_tree = [&](AppTree& tree) -> absl::Status {
      OVERLOCK_RETURN_IF_ERROR(CheckEtag(request.etag(), EtagOf(ToText(tree.root))));
      JsonValue next = root;
      OVERLOCK_RETURN_IF_ERROR(KeepIdentity(tree.root, next));
      tree.root = std::move(next);
      return absl::OkStatus();
    };
    AuditEntry audit = actor.Audit("update app", request.app_id(), "application");
    OVERLOCK_ASSIGN_OR_RETURN(AppCatalog::Committed committed, Change(audit, request.options(), edit_tree));
    v1::UpdateAppResponse response;
    OVERLOCK_ASSIGN_OR_RETURN(*response.mutable_app(), MakeApp(*committed.application, committed.revision));
    *response.mutable_written() = MakeWritten(committed);
    return response;
  };
  Need need{v1::ROLE_EDITOR, request.app_id()};
  return Run<v1::UpdateAppResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::DeleteAppResponse> LocalAppAdmin::DeleteApp(v1::DeleteAppRequest request, CallContext call) {
  auto work = [this](const v1::DeleteAppRequest& request, const Actor& actor) -> absl::StatusOr<v1::DeleteAppResponse> {
    v1::DeleteAppResponse response;
    AuditEntry audit = actor.Audit("delete app", request.app_id(), "application");
    OVERLOCK_ASSIGN_OR_RETURN(int64_t revision, catalog_.Delete(audit, request.validate_only()));
    response.set_revision(revision);
    return response;
  };
  Need need{v1::ROLE_ADMIN, request.app_id()};
  return Run<v1::DeleteAppResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::ExportAppResponse> LocalAppAdmin::ExportApp(v1::ExportAppRequest request, CallContext call) {
  auto work = [this](const v1::ExportAppRequest& request, const Actor& actor) -> absl::StatusOr<v1::ExportAppResponse> {
    v1::AppVersion version;
    if (request.revision() != 0) version.set_revision(request.revision());
    if (request.from_draft()) version.set_draft(true);
    OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::ApplicationPtr application, LoadVersion(request.app_id(), version));
    const bool with_secrets = actor.Check(v1::ROLE_EDITOR, request.app_id()).ok();
    OVERLOCK_ASSIGN_OR_RETURN(v1::ExportAppResponse response, ExportApplication(*application, request, with_secrets));
    if (request.revision() != 0) {
      response.set_revision(request.revision());
    } else if (!request.from_draft()) {
      response.set_revision(catalog_.Find(request.app_id()).revision);
    }
    return response;
  };
  Need need{v1::ROLE_VIEWER, request.app_id()};
  return Run<v1::ExportAppResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::DiffAppResponse> LocalAppAdmin::DiffApp(v1::DiffAppRequest request, CallContext call) {
  auto work = [this](const v1::DiffAppRequest& request, const Actor&) -> absl::StatusOr<v1::DiffAppResponse> {
    v1::AppVersion to = request.to();
    if (to.version_case() == v1::AppVersion::VERSION_NOT_SET) to.set_draft(true);
    OVERLOCK_ASSIGN_OR_RETURN(auto before, LoadVersion(request.app_id(), request.from()));
    OVERLOCK_ASSIGN_OR_RETURN(auto after, LoadVersion(request.app_id(), to));
    v1::DiffAppResponse response;
    for (std::string& diff : DiffApplications(before.get(), *after)) response.add_diffs(std::move(diff));
    return response;
  };
  Need need{v1::ROLE_VIEWER, request.app_id()};
  return Run<v1::DiffAppResponse>(std::move(request), std::move(call), std::move(need), work);
}

}  // namespace overlock::config
