#include "services/config/local_app_registry.h"

#include <string>
#include <utility>

#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "common/text/page_token.h"
#include "services/config/app_diff.h"
#include "services/config/app_report.h"
#include "services/config/audit_log.h"
#include "services/config/view_builder.h"

namespace overlock::config {
namespace {

std::string_view ServiceOf(v1::View view) {
  switch (view) {
    case v1::VIEW_EDGE:
      return "edge";
    case v1::VIEW_VALIDATION:
      return "validation";
    case v1::VIEW_AUTH:
      return "auth";
    case v1::VIEW_AUTHZ:
      return "authz";
    case v1::VIEW_EXECUTOR:
      return "executor";
    default:
      return "";
  }
}

absl::Status CheckRequest(const v1::ImportAppRequest& request) {
  if (!v1::ImportStrategy_IsValid(request.strategy())) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_STRATEGY",
                 "strategy: must be MERGE, REPLACE or REPLACE_BY_NAME");
  }
  return CheckNote(request.note());
}

}  // namespace

LocalAppRegistry::LocalAppRegistry(AppCatalog& catalog, AccessControl& access, BlockingPool& pool, Metrics& metrics,
                                   const CallMetrics& call_metrics)
    : catalog_(catalog),
      access_(access),
      pool_(pool),
      call_metrics_(call_metrics),
      imports_stored_(
          metrics.GetCounter("overlock_config_imports_total", "Imports by result.", {{"result", "stored"}})),
      imports_identical_(
          metrics.GetCounter("overlock_config_imports_total", "Imports by result.", {{"result", "identical"}})),
      imports_refused_(
          metrics.GetCounter("overlock_config_imports_total", "Imports by result.", {{"result", "refused"}})),
      watches_(catalog, pool, metrics) {}

Task<absl::StatusOr<v1::ImportAppResponse>> LocalAppRegistry::ImportApp(v1::ImportAppRequest request,
                                                                        CallContext call) {
  // An import that has begun goes on even if its caller goes away: it is short, and half of it is never seen.
  auto work = [this, request = std::move(request), call = std::move(call)] { return Import(request, call); };
  const absl::Time began = catalog_.Now();
  absl::StatusOr<v1::ImportAppResponse> response = co_await pool_.Run(std::move(work));
  call_metrics_.Count("ImportAppRequest", response.status(), catalog_.Now() - began);
  co_return response;
}

absl::StatusOr<v1::ImportAppResponse> LocalAppRegistry::Import(const v1::ImportAppRequest& request,
                                                               const CallContext& call) {
  OVERLOCK_ASSIGN_OR_RETURN(Actor actor, access_.Identify(call));
  OVERLOCK_RETURN_IF_ERROR(CheckRequest(request));
  OVERLOCK_ASSIGN_OR_RETURN(std::string app_id, FindAppId(request));
  // Who may not see an application is not told whether it is there.
  OVERLOCK_RETURN_IF_ERROR(actor.Check(v1::ROLE_EDITOR, app_id));
  if (!app_id.empty() && catalog_.Find(app_id).application == nullptr) {
    OVERLOCK_RETURN_IF_ERROR(actor.Check(v1::ROLE_ADMIN, app_id));
  }
  AppCatalog::Edit edit;
  edit.audit = actor.Audit("import", app_id, "application", request.note());
  edit.validate_only = request.validate_only();
  edit.to_draft = request.to_draft();
  edit.skip_compile = request.skip_compile();
  auto make_next = [&](const v1::Application* current) { return ParseApp(request, catalog_.checkers(), current); };
  OVERLOCK_ASSIGN_OR_RETURN(AppCatalog::Committed committed, catalog_.Commit(edit, make_next));
  v1::ImportAppResponse response;
  *response.mutable_problems() = std::move(committed.problems);
  if (committed.has_errors) {
    imports_refused_.Increment();
    return response;
  }
  (committed.unchanged ? imports_identical_ : imports_stored_).Increment(request.validate_only() ? 0 : 1);
  response.set_unchanged(committed.unchanged);
  response.mutable_app()->set_app_id(app_id);
  response.mutable_app()->set_revision(committed.revision);
  *response.mutable_summary() = BuildSummary(*committed.application, committed.revision);
  if (request.with_diffs()) {
    for (std::string& diff : DiffApplications(committed.before.get(), *committed.application)) {
      response.add_diffs(std::move(diff));
    }
  }
  if (request.with_report()) *response.mutable_report() = MakeReport(*committed.application);
  if (!request.validate_only()) {
    log::Info("imported", {{"app", app_id}, {"revision", committed.revision}, {"unchanged", committed.unchanged}});
  }
  return response;
}

Task<absl::StatusOr<v1::ListAppsResponse>> LocalAppRegistry::ListApps(v1::ListAppsRequest request, CallContext call) {
  auto work = [this, request = std::move(request), call = std::move(call)] { return List(request, call); };
  const absl::Time began = catalog_.Now();
  absl::StatusOr<v1::ListAppsResponse> response = co_await pool_.Run(std::move(work));
  call_metrics_.Count("ListAppsRequest", response.status(), catalog_.Now() - began);
  co_return response;
}

absl::StatusOr<v1::ListAppsResponse> LocalAppRegistry::List(const v1::ListAppsRequest& request,
                                                            const CallContext& call) {
  OVERLOCK_ASSIGN_OR_RETURN(Actor actor, access_.Identify(call));
  OVERLOCK_ASSIGN_OR_RETURN(std::string after, ReadPageToken(request.page_token()));
  const int size = PageSize(request.page_size());
  std::shared_ptr<const AppsState> state = catalog_.state();
  v1::ListAppsResponse response;
  std::string last;
  for (auto it = state->applications.upper_bound(after); it != state->applications.end(); ++it) {
    if (!actor.MaySee(it->first)) continue;
    if (response.apps_size() == size) {
      response.set_next_page_token(MakePageToken(last));
      break;
    }
    *response.add_apps() = BuildSummary(*it->second.application, it->second.revision);
    last = it->first;
  }
  return response;
}

Task<absl::Status> LocalAppRegistry::Watch(v1::WatchRequest request, OnWatch on_part, CallContext call) {
  if (ServiceOf(request.view()).empty()) {
    co_return Error(absl::StatusCode::kInvalidArgument, "VIEW_UNSPECIFIED", "view: must be one of the named views");
  }
  OVERLOCK_CO_RETURN_IF_ERROR(CheckService(call, ServiceOf(request.view())));
  co_return co_await watches_.Watch(std::move(request), std::move(on_part), std::move(call));
}

}  // namespace overlock::config
