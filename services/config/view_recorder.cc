#include "services/config/view_recorder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/crypto/hmac.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"

namespace overlock::config {
namespace {

constexpr absl::Duration kPauseAfterFailureMax = absl::Minutes(1);
// Writing takes at most about a tenth of the time, however large the state is.
constexpr int kPausePerWrite = 9;

// Changes when the views' fields do: the hash of what this program knows of them.
const std::string& SchemaLabel() {
  static const std::string label = [] {
    const google::protobuf::FileDescriptor* views = v1::AppView::descriptor()->file();
    std::string text = views->DebugString();
    for (int i = 0; i < views->dependency_count(); ++i) absl::StrAppend(&text, views->dependency(i)->DebugString());
    return absl::BytesToHexString(crypto::Sha256(text));
  }();
  return label;
}

bool HoldsSecrets(v1::View view) {
  // Auth's has the configuration of authentication providers, which is the author's own text.
  return view != v1::VIEW_EDGE;
}

RecordFile::Options FileOptions(const ViewRecorder::Options& options) {
  const std::string view = ViewName(options.view);
  return {options.directory, absl::StrCat(view, ".view"), absl::StrCat("view ", view), options.key};
}

Counter& WritesCounter(const ViewRecorder::Options& options, Metrics& metrics, const char* result) {
  return metrics.GetCounter(absl::StrCat("overlock_", ViewName(options.view), "_snapshot_writes_total"),
                            "Writes of the configuration's snapshot, by result.", {{"result", result}});
}

std::chrono::steady_clock::duration Steady(absl::Duration duration) { return absl::ToChronoNanoseconds(duration); }

}  // namespace

std::string ViewName(v1::View view) { return absl::AsciiStrToLower(absl::StripPrefix(v1::View_Name(view), "VIEW_")); }

ViewRecorder::Change::Change(v1::WatchResponse batch) : revision(batch.revision()), snapshot(batch.snapshot()) {
  for (v1::AppView& view : *batch.mutable_apps()) {
    std::string app_id = view.app().app_id();
    apps[std::move(app_id)] = std::move(view);
  }
  for (const std::string& app_id : batch.removed_app_ids()) apps[app_id] = std::nullopt;
}

void ViewRecorder::Change::Add(Change later) {
  revision = later.revision;
  if (later.snapshot) {
    snapshot = true;
    apps = std::move(later.apps);
    return;
  }
  for (auto& [app_id, view] : later.apps) apps[app_id] = std::move(view);
}

absl::StatusOr<std::shared_ptr<ViewRecorder>> ViewRecorder::Make(Options options, Metrics& metrics) {
  if (HoldsSecrets(options.view) && !options.key) {
    return Error(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_NEEDS_KEY",
                 absl::StrCat("the view of ", ViewName(options.view), " holds secrets, which are kept only sealed"));
  }
  return std::shared_ptr<ViewRecorder>(new ViewRecorder(std::move(options), metrics));
}

ViewRecorder::ViewRecorder(Options options, Metrics& metrics)
    : options_(std::move(options)),
      written_(WritesCounter(options_, metrics, "written")),
      failed_(WritesCounter(options_, metrics, "failed")),
      revision_(std::make_shared<std::atomic<int64_t>>(0)),
      file_(FileOptions(options_)),
      pause_after_failure_(options_.pause_after_failure) {
  metrics.AddGauge(absl::StrCat("overlock_", ViewName(options_.view), "_snapshot_revision"),
                   "The revision of the configuration that is on disk; 0 for none.", {},
                   [revision = revision_] { return static_cast<double>(revision->load()); });
}

ViewRecorder::~ViewRecorder() { Stop(); }

void ViewRecorder::Start(OnLoaded on_loaded) {
  {
    std::lock_guard lock(mutex_);
    if (!stopped_) {
      thread_ = std::thread([this, on_loaded] {
        on_loaded(Load());
        Run();
      });
      return;
    }
  }
  on_loaded(absl::CancelledError("stopped"));
}

void ViewRecorder::Record(v1::WatchResponse batch) {
  Change change(std::move(batch));
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  if (pending_) {
    pending_->Add(std::move(change));
  } else {
    pending_ = std::move(change);
  }
  changed_.notify_all();
}

void ViewRecorder::Stop() {
  std::thread thread;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    thread = std::move(thread_);
    changed_.notify_all();
  }
  if (thread.joinable()) thread.join();
}

absl::StatusOr<RecordedView> ViewRecorder::Load() {
  absl::StatusOr<RecordedView> loaded = ReadFile();
  if (loaded.ok()) {
    *revision_ = loaded->state.revision();
    log::Info("read the snapshot of the configuration", {{"path", path()},
                                                         {"revision", loaded->state.revision()},
                                                         {"apps", loaded->state.apps_size()},
                                                         {"outdated", loaded->outdated}});
  } else if (absl::IsNotFound(loaded.status())) {
    log::Info("there is no snapshot of the configuration yet", {{"path", path()}});
  } else {
    log::Warning("ignores the snapshot of the configuration",
                 {{"path", path()}, {"reason", ReasonOf(loaded.status())}, {"error", loaded.status().message()}});
  }
  return loaded;
}

absl::StatusOr<RecordedView> ViewRecorder::ReadFile() {
  RecordedView recorded;
  recorded.state.set_snapshot(true);
  auto visit = [&recorded](std::string_view name, const std::string& bytes) {
    v1::AppView& view = *recorded.state.add_apps();
    if (view.ParseFromString(bytes) && view.app().app_id() == name) return absl::OkStatus();
    return Error(absl::StatusCode::kDataLoss, "SNAPSHOT_DAMAGED", "the snapshot is damaged: an application");
  };
  OVERLOCK_ASSIGN_OR_RETURN(RecordFile::Head head, file_.Read(visit));
  recorded.state.set_revision(head.revision);
  recorded.outdated = head.label != SchemaLabel();
  return recorded;
}

void ViewRecorder::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopped_ || pending_; });
    if (!pending_) return;
    changed_.wait_until(lock, not_before_, [this] { return stopped_; });
    // What fails now is not tried again once the process ends.
    const bool last = stopped_;
    WritePending(lock);
    if (last) return;
  }
}

void ViewRecorder::WritePending(std::unique_lock<std::mutex>& lock) {
  Change change = *std::exchange(pending_, std::nullopt);
  lock.unlock();
  const Clock::time_point began = Clock::now();
  absl::Status status = Write(change);
  const Clock::time_point ended = Clock::now();
  Report(status, change.revision);
  if (status.ok()) {
    pause_after_failure_ = options_.pause_after_failure;
    not_before_ = ended + std::max(Steady(options_.pause), kPausePerWrite * (ended - began));
    change.apps.clear();
    lock.lock();
    return;
  }
  not_before_ = ended + Steady(pause_after_failure_);
  pause_after_failure_ = std::min(2 * pause_after_failure_, kPauseAfterFailureMax);
  lock.lock();
  if (pending_) change.Add(*std::move(pending_));
  pending_ = std::move(change);
}

absl::Status ViewRecorder::Write(const Change& change) {
  RecordFile::Changes changes;
  for (const auto& [app_id, view] : change.apps) {
    std::optional<RecordFile::Record>& record = changes[app_id];
    if (view) record = [&view = *view] { return view.SerializeAsString(); };
  }
  return file_.Write({change.revision, SchemaLabel()}, !change.snapshot, changes);
}

void ViewRecorder::Report(const absl::Status& status, int64_t revision) {
  if (status.ok()) {
    *revision_ = revision;
    written_.Increment();
    log::Write(failing_ ? log::Level::kInfo : log::Level::kDebug, "wrote the snapshot of the configuration",
               {{"path", path()}, {"revision", revision}});
    failing_ = false;
    return;
  }
  failed_.Increment();
  // One line for an outage, not one for every attempt.
  if (std::exchange(failing_, true)) return;
  log::Warning("the snapshot of the configuration is not kept; tries again",
               {{"path", path()}, {"revision", revision}, {"reason", ReasonOf(status)}, {"error", status.message()}});
}

}  // namespace overlock::config
