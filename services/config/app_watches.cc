#include "services/config/app_watches.h"

#include <boost/asio/this_coro.hpp>

#include <stop_token>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "services/config/view_builder.h"

namespace overlock::config {
namespace {

using StatePtr = std::shared_ptr<const AppsState>;

// The parts that bring a watcher from revision `after` to `state`, or, with `snapshot`, all of it. At least one.
std::vector<v1::WatchResponse> BuildParts(const AppsState& state, v1::View view, int64_t after, bool snapshot) {
  std::vector<v1::WatchResponse> parts(1);
  parts.front().set_snapshot(snapshot);
  size_t bytes = 0;
  for (const auto& [app_id, stored] : state.applications) {
    if (!snapshot && stored.revision <= after) continue;
    v1::AppView app = BuildView(view, *stored.application, stored.revision);
    size_t app_bytes = app.ByteSizeLong();
    if (bytes > 0 && bytes + app_bytes > AppWatches::kPartBytes) {
      parts.back().set_more(true);
      parts.emplace_back();
      bytes = 0;
    }
    bytes += app_bytes;
    *parts.back().add_apps() = std::move(app);
  }
  for (const auto& [app_id, revision] : state.deleted) {
    if (!snapshot && revision > after) parts.back().add_removed_app_ids(app_id);
  }
  for (v1::WatchResponse& part : parts) part.set_revision(state.revision);
  return parts;
}

absl::Status Draining() {
  return Error(absl::StatusCode::kUnavailable, "DRAINING", "the config service drains; ask again");
}

}  // namespace

// What watches use; it outlives the object as long as one of them is not destroyed.
struct AppWatches::Shared {
  std::atomic<bool> draining{false};
  // The waits of all watches. A wait is woken under the lock, and leaves the set under it: so its loop lives.
  std::mutex mutex;
  absl::flat_hash_set<WakeableWait*> waits;
  // Null when the catalog is gone.
  std::atomic<StatePtr> last_state;

  void WakeAll() {
    std::lock_guard lock(mutex);
    for (WakeableWait* wait : waits) wait->Wake();
  }
};

// A place among the watchers, held as long as a watch runs.
class AppWatches::Watcher {
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

AppWatches::AppWatches(AppCatalog& catalog, BlockingPool& pool, Metrics& metrics)
    : catalog_(catalog), pool_(pool), shared_(std::make_shared<Shared>()) {
  shared_->last_state = catalog.state();
  catalog.OnChange([this] {
    shared_->last_state = catalog_.state();
    shared_->WakeAll();
  });
  // The metrics outlive this object.
  auto shared = shared_;
  metrics.AddGauge("overlock_config_watchers", "Watches under way.", {}, [shared] {
    std::lock_guard lock(shared->mutex);
    return static_cast<double>(shared->waits.size());
  });
  metrics.AddGauge("overlock_config_revision", "The newest revision.", {},
                   [shared] { return static_cast<double>(shared->last_state.load()->revision); });
  metrics.AddGauge("overlock_config_apps", "Applications.", {},
                   [shared] { return static_cast<double>(shared->last_state.load()->applications.size()); });
}

AppWatches::~AppWatches() { Drain(); }

Task<absl::Status> AppWatches::Watch(v1::WatchRequest request, AppRegistry::OnWatch on_part, CallContext call) {
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
    StatePtr state = shared->last_state.load();
    if (first && seen > state->revision) {
      // Another replica may have told it more than this one has heard of.
      OVERLOCK_CO_RETURN_IF_ERROR(co_await pool_.Run([this] { return catalog_.Refresh(); }));
      state = shared->last_state.load();
    }
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

void AppWatches::Drain() {
  shared_->draining = true;
  shared_->WakeAll();
}

}  // namespace overlock::config
