#include "services/config/view_follower.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/event_loops.h"
#include "common/async/suspend.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/config/view_recorder.h"
#include "services/config/wakeable_wait.h"

namespace overlock::config {
namespace {

constexpr absl::Duration kPauseMin = absl::Milliseconds(100);
constexpr absl::Duration kPauseMax = absl::Seconds(2);
// A revision that never becomes complete must not fill the memory.
constexpr size_t kBatchBytesMax = size_t{1} << 30;

}  // namespace

struct ViewFollower::State {
  State(AppRegistry& registry, v1::View view, Apply apply, Snapshot snapshot, const Clock& clock)
      : registry(registry),
        clock(clock),
        view(view),
        apply(std::move(apply)),
        recorder(std::move(snapshot.recorder)),
        no_snapshot(std::move(snapshot.missing_because)) {}

  // A watch begins that tells what came after `revision`; 0 for everything.
  void BeginWatch(int64_t revision) {
    batch.Clear();
    batch_bytes = 0;
    after_nothing = revision == 0;
  }

  // Joins `part` to the batch, and applies the batch once it is complete.
  absl::Status Take(v1::WatchResponse part) {
    if (part.snapshot()) {
      batch.Clear();
      batch.set_snapshot(true);
    }
    batch_bytes = part.snapshot() ? part.ByteSizeLong() : batch_bytes + part.ByteSizeLong();
    if (batch_bytes > kBatchBytesMax) {
      return Error(absl::StatusCode::kResourceExhausted, "SNAPSHOT_TOO_LARGE", "the configuration is over 1 GiB");
    }
    bool more = part.more();
    batch.set_revision(part.revision());
    for (auto& app : *part.mutable_apps()) *batch.add_apps() = std::move(app);
    for (auto& app_id : *part.mutable_removed_app_ids()) batch.add_removed_app_ids(std::move(app_id));
    if (more) return absl::OkStatus();
    // Whoever asked for everything has got everything.
    if (std::exchange(after_nothing, false)) batch.set_snapshot(true);
    v1::WatchResponse complete;
    complete.Swap(&batch);
    batch_bytes = 0;
    OVERLOCK_RETURN_IF_ERROR(ApplyBatch(complete));
    watch_from = complete.revision();
    if (recorder && HasNews(complete)) recorder->Record(std::move(complete));
    return absl::OkStatus();
  }

  // CANCELLED after Stop().
  absl::Status ApplyBatch(const v1::WatchResponse& complete) {
    {
      // Against Stop(): after it no apply begins.
      std::lock_guard lock(apply_mutex);
      if (stop.stop_requested()) return absl::CancelledError("stopped");
    }
    apply(complete);
    revision = complete.revision();
    loaded = true;
    return absl::OkStatus();
  }

  // Config answers every new watch, even when nothing has changed.
  bool HasNews(const v1::WatchResponse& complete) const {
    return complete.snapshot() || complete.apps_size() > 0 || complete.removed_app_ids_size() > 0 ||
           complete.revision() != recorder->revision();
  }

  void SetNoSnapshot(std::string why) {
    std::lock_guard lock(no_snapshot_mutex);
    no_snapshot = std::move(why);
  }
  std::string NoSnapshot() const {
    std::lock_guard lock(no_snapshot_mutex);
    return no_snapshot;
  }

  // The watch that is open says what comes: nothing can be out of date.
  void SetFresh() { stale_since_us = 0; }
  // Stays what it was if nothing is open already.
  void SetStale() {
    int64_t fresh = 0;
    stale_since_us.compare_exchange_strong(fresh, absl::ToUnixMicros(clock.Now()));
  }

  AppRegistry& registry;
  const Clock& clock;
  const v1::View view;
  const Apply apply;
  const std::shared_ptr<ViewRecorder> recorder;
  mutable std::mutex no_snapshot_mutex;
  // Why nothing on disk was applied.
  std::string no_snapshot;
  std::stop_source stop;
  std::mutex apply_mutex;
  std::atomic<bool> started{false};
  std::atomic<bool> loaded{false};
  std::atomic<int64_t> revision{0};
  // Unix microseconds; 0 while nothing can be out of date.
  std::atomic<int64_t> stale_since_us{0};
  // Only the following coroutine touches these.
  v1::WatchResponse batch;
  size_t batch_bytes = 0;
  // The watch under way has not yet told everything it was asked for: all.
  bool after_nothing = false;
  // Where the next watch begins; 0 for everything, which is less than what was applied if that came from an outdated
  // file.
  int64_t watch_from = 0;
};

ViewFollower::ViewFollower(AppRegistry& registry, v1::View view, boost::asio::any_io_executor executor, Apply apply,
                           Snapshot snapshot, const Clock& clock)
    : state_(std::make_shared<State>(registry, view, std::move(apply), std::move(snapshot), clock)),
      executor_(std::move(executor)) {}

ViewFollower::~ViewFollower() { Stop(); }

void ViewFollower::Start() {
  if (state_->started.exchange(true)) return;
  state_->SetStale();
  Detach(executor_, Follow(state_));
}

void ViewFollower::Stop() {
  {
    std::lock_guard lock(state_->apply_mutex);
    state_->stop.request_stop();
  }
  if (state_->recorder) state_->recorder->Stop();
}

absl::Status ViewFollower::Ready() const {
  if (state_->loaded) return absl::OkStatus();
  std::string why = state_->NoSnapshot();
  if (!why.empty()) why = absl::StrCat(" Nothing to start from meanwhile: ", why);
  return Error(
      absl::StatusCode::kUnavailable, "CONFIG_NOT_LOADED",
      absl::StrCat("waits for the config service's first full state; is it up, and is --config_target right?", why));
}

int64_t ViewFollower::revision() const { return state_->revision; }

absl::Duration ViewFollower::stale_for() const {
  const int64_t since_us = state_->stale_since_us;
  if (since_us == 0) return absl::ZeroDuration();
  return std::max(absl::ZeroDuration(), state_->clock.Now() - absl::FromUnixMicros(since_us));
}

Task<void> ViewFollower::ApplyRecorded(std::shared_ptr<State> state) {
  auto start = [recorder = state->recorder](auto resume) {
    // A std::function must be copyable.
    auto shared = std::make_shared<decltype(resume)>(std::move(resume));
    recorder->Start([shared](absl::StatusOr<RecordedView> loaded) { (*shared)(std::move(loaded)); });
  };
  absl::StatusOr<RecordedView> loaded = co_await Suspend<absl::StatusOr<RecordedView>>(std::move(start));
  if (!loaded.ok()) {
    state->SetNoSnapshot(std::string(loaded.status().message()));
    co_return;
  }
  if (state->ApplyBatch(loaded->state).ok() && !loaded->outdated) state->watch_from = loaded->state.revision();
}

Task<void> ViewFollower::Follow(std::shared_ptr<State> state) {
  WakeableWait wait(co_await boost::asio::this_coro::executor);
  std::stop_callback wake(state->stop.get_token(), [&wait] { wait.Wake(); });
  absl::Duration pause = kPauseMin;
  bool reported = false;
  if (state->recorder) co_await ApplyRecorded(state);
  while (!state->stop.stop_requested()) {
    bool heard = false;
    state->BeginWatch(state->watch_from);
    v1::WatchRequest request;
    request.set_view(state->view);
    request.set_after_revision(state->watch_from);
    CallContext call;
    call.stop = state->stop.get_token();
    auto on_part = [state, &heard](v1::WatchResponse part) -> Task<absl::Status> {
      heard = true;
      absl::Status taken = state->Take(std::move(part));
      if (taken.ok() && state->batch_bytes == 0) state->SetFresh();
      co_return taken;
    };
    absl::Status status = co_await state->registry.Watch(std::move(request), on_part, std::move(call));
    state->SetStale();
    if (state->stop.stop_requested()) break;
    if (heard) {
      pause = kPauseMin;
      reported = false;
    }
    // One line for an outage, not one for every attempt.
    if (heard || !std::exchange(reported, true)) {
      // A config service that drains is being restarted, or is part of this process: nobody has to act. Nor if it was
      // only this watch that ended.
      const log::Level level = heard || ReasonOf(status) == "DRAINING" ? log::Level::kInfo : log::Level::kWarning;
      log::Write(level, "watch of the configuration ended; what is known stays in force",
                 {{"error", status.message()}, {"revision", state->revision.load()}});
    }
    co_await wait.Until(absl::Now() + pause);
    pause = std::min(pause * 2, kPauseMax);
  }
}

}  // namespace overlock::config
