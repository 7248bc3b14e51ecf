#include "services/config/local_app_registry.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/config/view_builder.h"
#include "services/config/wakeable_wait.h"

namespace overlock::config {
namespace {

constexpr int kPoolThreads = 2;
// Every watcher may ask for views at once, and imports still find a place.
constexpr int kPoolItemsMax = LocalAppRegistry::kWatchersMax + 64;
constexpr int kPageSizeDefault = 50;
constexpr int kPageSizeMax = 500;
constexpr std::string_view kPageTokenPrefix = "after ";

// All applications at one revision. Immutable.
struct AppsState {
  std::map<std::string, ApplicationStore::Stored> applications;
  int64_t revision = 0;
  int64_t base_revision = 0;
};

// The parts that bring a watcher from revision `after` to `state`, or, with `snapshot`, all of it. At least one.
std::vector<v1::WatchResponse> BuildParts(const AppsState& state, v1::View view, int64_t after, bool snapshot) {
  std::vector<v1::WatchResponse> parts(1);
  parts.front().set_snapshot(snapshot);
  size_t bytes = 0;
  for (const auto& [app_id, stored] : state.applications) {
    if (!snapshot && stored.revision <= after) continue;
    v1::AppView app = BuildView(view, *stored.application, stored.revision);
    size_t app_bytes = app.ByteSizeLong();
    if (bytes > 0 && bytes + app_bytes > LocalAppRegistry::kPartBytes) {
      parts.back().set_more(true);
      parts.emplace_back();
      bytes = 0;
    }
    bytes += app_bytes;
    *parts.back().add_apps() = std::move(app);
  }
  for (v1::WatchResponse& part : parts) part.set_revision(state.revision);
  return parts;
}

absl::Status Draining() {
  return Error(absl::StatusCode::kUnavailable, "DRAINING", "the config service drains; ask again");
}

}  // namespace

// What watches use; it outlives the registry as long as one of them is not destroyed.
struct LocalAppRegistry::Shared {
  std::shared_ptr<const AppsState> state() const { return apps.load(); }

  std::atomic<std::shared_ptr<const AppsState>> apps{std::make_shared<const AppsState>()};
  std::atomic<bool> draining{false};
  // The waits of all watches. A wait is woken under the lock, and leaves the set under it: so its loop lives.
  std::mutex mutex;
  absl::flat_hash_set<WakeableWait*> waits;

  void WakeAll() {
    std::lock_guard lock(mutex);
    for (WakeableWait* wait : waits) wait->Wake();
  }
};

// A place among the watchers, held as long as a watch runs.
class LocalAppRegistry::Watcher {
 public:
  Watcher(std::shared_ptr<Shared> shared, boost::asio::any_io_executor executor)
      : shared_(std::move(shared)), wait_(std::move(executor)) {
    std::lock_guard lock(shared_->mutex);
    if (shared_->waits.size() < static_cast<size_t>(kWatchersMax)) admitted_ = shared_->waits.insert(&wait_).second;
  }
  ~Watcher() {
    std::lock_guard lock(shared_->mutex);
    shared_->waits.erase(&wait_);
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  bool admitted() const { return admitted_; }
  WakeableWait& wait() { return wait_; }

 private:
  const std::shared_ptr<Shared> shared_;
  WakeableWait wait_;
  bool admitted_ = false;
};

LocalAppRegistry::LocalAppRegistry(std::unique_ptr<ApplicationStore> store, ExpressionChecker check_expression,
                                   Metrics& metrics, const Clock& clock)
    : store_(std::move(store)),
      check_expression_(std::move(check_expression)),
      clock_(clock),
      imports_stored_(
          metrics.GetCounter("overlock_config_imports_total", "Imports by result.", {{"result", "stored"}})),
      imports_identical_(
          metrics.GetCounter("overlock_config_imports_total", "Imports by result.", {{"result", "identical"}})),
      imports_refused_(
          metrics.GetCounter("overlock_config_imports_total", "Imports by result.", {{"result", "refused"}})),
      shared_(std::make_shared<Shared>()),
      pool_(kPoolThreads, kPoolItemsMax) {
  // The metrics outlive this registry.
  auto shared = shared_;
  metrics.AddGauge("overlock_config_watchers", "Watches under way.", {}, [shared] {
    std::lock_guard lock(shared->mutex);
    return static_cast<double>(shared->waits.size());
  });
  metrics.AddGauge("overlock_config_revision", "The newest revision.", {},
                   [shared] { return static_cast<double>(shared->state()->revision); });
  metrics.AddGauge("overlock_config_apps", "Applications.", {},
                   [shared] { return static_cast<double>(shared->state()->applications.size()); });
}

LocalAppRegistry::~LocalAppRegistry() { Drain(); }

absl::StatusOr<std::unique_ptr<LocalAppRegistry>> LocalAppRegistry::Open(std::unique_ptr<ApplicationStore> store,
                                                                         ExpressionChecker check_expression,
                                                                         Metrics& metrics, const Clock& clock) {
  OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::State loaded, store->Load());
  auto apps = std::make_shared<AppsState>();
  apps->revision = loaded.revision;
  apps->base_revision = loaded.base_revision;
  for (ApplicationStore::Stored& stored : loaded.applications) {
    std::string app_id = stored.application->app_id();
    apps->applications[std::move(app_id)] = std::move(stored);
  }
  std::unique_ptr<LocalAppRegistry> registry(
      new LocalAppRegistry(std::move(store), std::move(check_expression), metrics, clock));
  registry->shared_->apps.store(std::move(apps));
  return registry;
}

Task<absl::StatusOr<v1::ImportAppResponse>> LocalAppRegistry::ImportApp(v1::ImportAppRequest request, CallContext) {
  // An import that has begun goes on even if its caller goes away: it is short, and half of it is never seen.
  auto work = [this, request = std::move(request)] { return Import(request); };
  co_return co_await pool_.Run(std::move(work));
}

absl::StatusOr<v1::ImportAppResponse> LocalAppRegistry::Import(const v1::ImportAppRequest& request) {
  OVERLOCK_ASSIGN_OR_RETURN(ParsedApp parsed, ParseApp(request, check_expression_));
  v1::ImportAppResponse response;
  *response.mutable_problems() = std::move(parsed.problems);
  if (parsed.has_errors) {
    imports_refused_.Increment();
    return response;
  }
  if (request.validate_only()) {
    response.mutable_app()->set_app_id(parsed.application.app_id());
    *response.mutable_summary() = BuildSummary(parsed.application, 0);
    return response;
  }
  OVERLOCK_RETURN_IF_ERROR(StoreIfChanged(std::move(parsed.application), response));
  return response;
}

absl::Status LocalAppRegistry::StoreIfChanged(v1::Application application, v1::ImportAppResponse& response) {
  std::lock_guard lock(import_mutex_);
  std::shared_ptr<const AppsState> old = shared_->state();
  auto it = old->applications.find(application.app_id());
  const bool unchanged = it != old->applications.end() &&
                         SerializeApplication(*it->second.application) == SerializeApplication(application);
  int64_t revision = 0;
  if (unchanged) {
    revision = it->second.revision;
    imports_identical_.Increment();
  } else {
    OVERLOCK_ASSIGN_OR_RETURN(revision, store_->Put(application, clock_.Now()));
    imports_stored_.Increment();
  }
  response.set_unchanged(unchanged);
  response.mutable_app()->set_app_id(application.app_id());
  response.mutable_app()->set_revision(revision);
  *response.mutable_summary() = BuildSummary(application, revision);
  log::Info("imported", {{"app", response.app().app_id()}, {"revision", revision}, {"unchanged", unchanged}});
  if (unchanged) return absl::OkStatus();
  auto next = std::make_shared<AppsState>(*old);
  next->revision = revision;
  next->applications[response.app().app_id()] = {std::make_shared<const v1::Application>(std::move(application)),
                                                 revision};
  shared_->apps.store(std::move(next));
  shared_->WakeAll();
  return absl::OkStatus();
}

Task<absl::StatusOr<v1::ListAppsResponse>> LocalAppRegistry::ListApps(v1::ListAppsRequest request, CallContext) {
  std::string after;
  if (!request.page_token().empty()) {
    std::string token;
    if (!absl::WebSafeBase64Unescape(request.page_token(), &token) || !token.starts_with(kPageTokenPrefix)) {
      co_return Error(absl::StatusCode::kInvalidArgument, "BAD_PAGE_TOKEN", "page_token: is not one we gave");
    }
    after = token.substr(kPageTokenPrefix.size());
  }
  int size = request.page_size() <= 0 ? kPageSizeDefault : std::min(request.page_size(), kPageSizeMax);
  std::shared_ptr<const AppsState> state = shared_->state();
  v1::ListAppsResponse response;
  auto it = state->applications.upper_bound(after);
  for (; it != state->applications.end() && response.apps_size() < size; ++it) {
    *response.add_apps() = BuildSummary(*it->second.application, it->second.revision);
  }
  if (it != state->applications.end()) {
    std::string token = absl::StrCat(kPageTokenPrefix, std::prev(it)->first);
    response.set_next_page_token(absl::WebSafeBase64Escape(token));
  }
  co_return response;
}

Task<absl::Status> LocalAppRegistry::Watch(v1::WatchRequest request, OnWatch on_part, CallContext call) {
  if (!v1::View_IsValid(request.view()) || request.view() == v1::VIEW_UNSPECIFIED) {
    co_return Error(absl::StatusCode::kInvalidArgument, "VIEW_UNSPECIFIED", "view: must be one of the named views");
  }
  std::shared_ptr<Shared> shared = shared_;
  Watcher watcher(shared, co_await boost::asio::this_coro::executor);
  if (!watcher.admitted()) {
    co_return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_WATCHERS",
                    absl::StrCat("there are ", kWatchersMax, " watches already"));
  }
  std::stop_callback wake(call.stop, [&watcher] { watcher.wait().Wake(); });
  int64_t seen = request.after_revision();
  bool first = true;
  while (true) {
    if (call.stop.stop_requested()) co_return absl::CancelledError("the watch was stopped");
    if (shared->draining) co_return Draining();
    if (absl::Now() >= call.deadline) co_return absl::DeadlineExceededError("the watch's deadline has passed");
    std::shared_ptr<const AppsState> state = shared->state();
    if (!first && state->revision == seen) {
      co_await watcher.wait().Until(call.deadline);
      continue;
    }
    bool snapshot = first && (seen < state->base_revision || seen > state->revision);
    // Views of large applications take longer than a loop should be held.
    auto build = [state, view = request.view(), seen, snapshot]() -> absl::StatusOr<std::vector<v1::WatchResponse>> {
      return BuildParts(*state, view, seen, snapshot);
    };
    OVERLOCK_CO_ASSIGN_OR_RETURN(std::vector<v1::WatchResponse> parts, co_await pool_.Run(std::move(build)));
    for (v1::WatchResponse& part : parts) {
      v1::WatchResponse message = std::move(part);
      OVERLOCK_CO_RETURN_IF_ERROR(co_await on_part(std::move(message)));
    }
    seen = state->revision;
    first = false;
  }
}

void LocalAppRegistry::Drain() {
  shared_->draining = true;
  shared_->WakeAll();
}

}  // namespace overlock::config
