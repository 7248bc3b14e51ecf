#include "services/config/app_catalog.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/storage/retry_pause.h"
#include "services/config/import_problems.h"
#include "services/config/layout/app_layout.h"

namespace overlock::config {
namespace {

// Replicas of this service may write at the same time.
constexpr int kAttemptsMax = 20;

// The JavaScript of an application: of functions, webhooks and webhooks' scripts.
std::vector<NamedSource> SourcesOf(const v1::Application& application) {
  AppTree tree = FromDocument(application.document());
  std::vector<NamedSource> sources;
  for (const AppEntity& entity : tree.entities) {
    if (HasSource(entity.kind)) sources.push_back({entity.origin.source_file, entity.source});
    const JsonValue* script = entity.config.Find("run_as_user_id_script_source");
    if (script == nullptr || script->kind != JsonValue::Kind::kString || script->text.empty()) continue;
    sources.push_back({absl::StrCat(entity.origin.file, ": run_as_user_id_script_source"), script->text});
  }
  return sources;
}

void Apply(ApplicationStore::State loaded, AppsState& state) {
  state.revision = loaded.revision;
  state.base_revision = loaded.base_revision;
  for (ApplicationStore::Deleted& deleted : loaded.deleted) {
    state.applications.erase(deleted.app_id);
    state.deleted[deleted.app_id] = deleted.revision;
  }
  for (ApplicationStore::Stored& stored : loaded.applications) {
    std::string app_id = stored.application->app_id();
    state.deleted.erase(app_id);
    state.applications[std::move(app_id)] = std::move(stored);
  }
}

// Whether a plan that was made beside `planned` still holds beside `now`.
bool IsSameDraft(const std::optional<ApplicationStore::Draft>& now,
                 const std::optional<ApplicationStore::Draft>& planned) {
  if (!now || !planned) return now.has_value() == planned.has_value();
  return now->created_at == planned->created_at && now->base_revision == planned->base_revision &&
         SerializeApplication(*now->application) == SerializeApplication(*planned->application);
}

absl::Status DraftConflict(const std::string& app_id) {
  return Error(absl::StatusCode::kAborted, "REVISION_CONFLICT",
               absl::StrCat("app_id: the draft of ", app_id, " has changed meanwhile; try again"));
}

}  // namespace

absl::Status AppNotFound(std::string_view app_id) {
  return Error(absl::StatusCode::kNotFound, "APP_NOT_FOUND",
               absl::StrCat("app_id: there is no application '", app_id.substr(0, 64), "'"));
}

absl::StatusOr<std::unique_ptr<AppCatalog>> AppCatalog::Open(std::unique_ptr<ApplicationStore> store, Options options,
                                                             const Clock& clock) {
  std::unique_ptr<AppCatalog> catalog(new AppCatalog(std::move(store), std::move(options), clock));
  OVERLOCK_RETURN_IF_ERROR(catalog->Refresh());
  return catalog;
}

ApplicationStore::Stored AppCatalog::Find(const std::string& app_id) const {
  std::shared_ptr<const AppsState> now = state();
  auto it = now->applications.find(app_id);
  return it == now->applications.end() ? ApplicationStore::Stored() : it->second;
}

absl::StatusOr<AppCatalog::Committed> AppCatalog::Commit(const Edit& edit, const MakeNext& make_next) {
  std::shared_ptr<std::mutex> writer;
  std::unique_lock<std::mutex> only_writer;
  if (!edit.validate_only) {
    writer = WriterMutex(edit.audit.app_id);
    only_writer = std::unique_lock(*writer);
  }
  GoodSources good;
  for (int attempt = 1;; ++attempt) {
    OVERLOCK_ASSIGN_OR_RETURN(Plan plan, MakePlan(edit, make_next));
    Committed& committed = plan.committed;
    if (committed.has_errors || committed.unchanged) return std::move(committed);
    if (!edit.skip_compile) OVERLOCK_RETURN_IF_ERROR(CheckSources(committed.before.get(), good, committed));
    if (committed.has_errors) committed.application = nullptr;
    if (edit.validate_only || committed.has_errors) return std::move(committed);
    absl::Status written = Write(edit, plan);
    if (written.ok()) return std::move(committed);
    if (ReasonOf(written) != "REVISION_CONFLICT" || attempt == kAttemptsMax) return written;
    PauseAfterAttempt(attempt);
    OVERLOCK_RETURN_IF_ERROR(Refresh());
  }
}

std::shared_ptr<std::mutex> AppCatalog::WriterMutex(const std::string& app_id) {
  std::lock_guard lock(writers_mutex_);
  std::erase_if(writers_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<std::mutex>& entry = writers_[app_id];
  std::shared_ptr<std::mutex> writer = entry.lock();
  if (writer == nullptr) entry = writer = std::make_shared<std::mutex>();
  return writer;
}

absl::StatusOr<AppCatalog::Plan> AppCatalog::MakePlan(const Edit& edit, const MakeNext& make_next) {
  const std::string& app_id = edit.audit.app_id;
  Plan plan;
  plan.current = Find(app_id);
  OVERLOCK_ASSIGN_OR_RETURN(plan.draft, store_->LoadDraft(app_id));
  if (edit.to_draft && !plan.draft) {
    return Error(absl::StatusCode::kFailedPrecondition, "NO_DRAFT",
                 absl::StrCat("to_draft: ", app_id, " has no draft; begin one first"));
  }
  if (!edit.to_draft && plan.draft && !edit.beside_draft && !edit.ends_draft) {
    return Error(absl::StatusCode::kFailedPrecondition, "DRAFT_EXISTS",
                 absl::StrCat("app_id: ", app_id, " has a draft, begun by ", plan.draft->actor,
                              "; change the draft, or deploy or discard it first"));
  }
  Committed& committed = plan.committed;
  committed.before = edit.to_draft ? plan.draft->application : plan.current.application;
  OVERLOCK_ASSIGN_OR_RETURN(ParsedApp next, make_next(committed.before.get()));
  committed.problems = std::move(next.problems);
  committed.has_errors = next.has_errors;
  if (committed.has_errors) return plan;
  committed.application = std::make_shared<const v1::Application>(std::move(next.application));
  committed.unchanged = committed.before != nullptr && !edit.ends_draft &&
                        SerializeApplication(*committed.before) == SerializeApplication(*committed.application);
  if (!edit.to_draft && !edit.validate_only) committed.revision = plan.current.revision;
  return plan;
}

absl::Status AppCatalog::CheckSources(const v1::Application* before, GoodSources& good, Committed& committed) {
  if (!options_.check_sources) return absl::OkStatus();
  std::set<std::string> known;
  if (before != nullptr) {
    for (NamedSource& source : SourcesOf(*before)) known.insert(std::move(source.source));
  }
  std::vector<NamedSource> sources = SourcesOf(*committed.application);
  std::erase_if(sources, [&](const NamedSource& source) {
    return known.contains(source.source) || good.contains(source.source);
  });
  if (sources.empty()) return absl::OkStatus();
  OVERLOCK_ASSIGN_OR_RETURN(std::vector<SourceProblem> found, options_.check_sources(sources));
  if (found.empty()) {
    for (NamedSource& source : sources) good.insert(std::move(source.source));
    return absl::OkStatus();
  }
  ImportProblems problems;
  for (const auto& problem : committed.problems)
    problems.AddWarning(problem.file(), problem.field(), problem.message());
  for (const SourceProblem& problem : found) {
    if (problem.index < sources.size()) problems.AddError(sources[problem.index].name, "", problem.message);
  }
  committed.has_errors = true;
  committed.problems = problems.Take();
  return absl::OkStatus();
}

absl::Status AppCatalog::Write(const Edit& edit, Plan& plan) {
  std::lock_guard lock(mutex_);
  // Drafts begin and end without a plan, and the source checker may have taken long.
  OVERLOCK_ASSIGN_OR_RETURN(std::optional<ApplicationStore::Draft> draft, store_->LoadDraft(edit.audit.app_id));
  if (!IsSameDraft(draft, plan.draft)) return DraftConflict(edit.audit.app_id);
  if (edit.to_draft) {
    ApplicationStore::Draft changed{plan.committed.application, draft->base_revision, draft->actor, draft->created_at};
    return store_->PutDraft(changed, false, edit.audit, clock_.Now());
  }
  Committed& committed = plan.committed;
  ApplicationStore::Change change{plan.current.revision, committed.application, edit.audit, edit.ends_draft};
  OVERLOCK_ASSIGN_OR_RETURN(committed.revision, store_->Put(change, clock_.Now()));
  std::shared_ptr<const AppsState> old = state();
  // Another process's changes may lie between; the next refresh brings them.
  if (committed.revision != old->revision + 1) return RefreshLocked();
  auto next = std::make_shared<AppsState>(*old);
  next->revision = committed.revision;
  next->deleted.erase(edit.audit.app_id);
  next->applications[edit.audit.app_id] = {committed.application, committed.revision};
  Publish(std::move(next));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> AppCatalog::Delete(const AuditEntry& audit, bool validate_only) {
  std::lock_guard lock(mutex_);
  OVERLOCK_RETURN_IF_ERROR(RefreshLocked());
  ApplicationStore::Stored current = Find(audit.app_id);
  if (current.application == nullptr) return AppNotFound(audit.app_id);
  if (validate_only) return 0;
  ApplicationStore::Change change{current.revision, nullptr, audit, false};
  OVERLOCK_ASSIGN_OR_RETURN(int64_t revision, store_->Put(change, clock_.Now()));
  OVERLOCK_RETURN_IF_ERROR(RefreshLocked());
  return revision;
}

absl::Status AppCatalog::Refresh() {
  std::lock_guard lock(mutex_);
  return RefreshLocked();
}

absl::Status AppCatalog::RefreshLocked() {
  std::shared_ptr<const AppsState> old = state();
  OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::State loaded, store_->Load(old->revision));
  if (loaded.revision == old->revision && loaded.base_revision == old->base_revision) return absl::OkStatus();
  auto next = std::make_shared<AppsState>(*old);
  Apply(std::move(loaded), *next);
  Publish(std::move(next));
  return absl::OkStatus();
}

void AppCatalog::Publish(std::shared_ptr<const AppsState> state) {
  state_.store(std::move(state));
  if (on_change_) on_change_();
}

}  // namespace overlock::config
