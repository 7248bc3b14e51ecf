// Keeps a view's state on disk, so that a service can start while config is down.
#ifndef OVERLOCK_SERVICES_CONFIG_VIEW_RECORDER_H_
#define OVERLOCK_SERVICES_CONFIG_VIEW_RECORDER_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/crypto/seal.h"
#include "common/snapshot/record_file.h"
#include "common/telemetry/metrics.h"
#include "overlock/config/v1/config_service.pb.h"

namespace overlock::config {

// `edge` of VIEW_EDGE: also the name of the service that watches it.
std::string ViewName(v1::View view);

// What a file of a view held.
struct RecordedView {
  // A full state: `snapshot` is true.
  v1::WatchResponse state;
  // It was written by a program whose views have other fields: the state serves until config can be asked for all of
  // it again, because config sends only applications that change.
  bool outdated = false;
};

// Reads the last state at the start, and writes what changes: at once, but not sooner than a pause after the write
// before, so that changes that come in quick succession are written together. All of it on a thread of its own.
// What is on disk is not kept in memory. Thread-safe.
//
// Metrics: `overlock_<view>_snapshot_revision` (0: there is none), `overlock_<view>_snapshot_writes_total{result}`
// (written, failed).
class ViewRecorder {
 public:
  struct Options {
    // Its file is `<directory>/<view>.view`.
    std::string directory;
    v1::View view = v1::VIEW_UNSPECIFIED;
    std::optional<crypto::SealKey> key;
    // From the end of a write to the next; longer after one that took long.
    absl::Duration pause = absl::Seconds(1);
    // After a write that failed; doubles up to a minute.
    absl::Duration pause_after_failure = absl::Seconds(5);
  };

  // Every view but the edge's is written sealed or not at all: FAILED_PRECONDITION (`SNAPSHOT_NEEDS_KEY`) without a
  // key. `metrics` must outlive it.
  static absl::StatusOr<std::shared_ptr<ViewRecorder>> Make(Options options, Metrics& metrics);
  // Calls Stop().
  ~ViewRecorder();

  // As RecordFile::Read, or CANCELLED.
  using OnLoaded = std::function<void(absl::StatusOr<RecordedView> loaded)>;

  // Reads the file and calls `on_loaded`, once, on the recorder's thread; after Stop() here and now. A file that
  // cannot be used is logged. Call it once, before Record().
  void Start(OnLoaded on_loaded);

  // Writes a batch that was applied, soon. `batch` must follow on what was loaded, or on nothing, or be a snapshot.
  void Record(v1::WatchResponse batch);

  // Writes what is not yet written, and ends: blocks. Later batches are ignored.
  void Stop();

  std::string path() const { return file_.path(); }
  // What is on disk; 0 if nothing usable is.
  int64_t revision() const { return *revision_; }

 private:
  // Batches together, the last state of each application.
  struct Change {
    int64_t revision = 0;
    bool snapshot = false;
    // None for an application that is gone.
    std::map<std::string, std::optional<v1::AppView>> apps;

    explicit Change(v1::WatchResponse batch);
    void Add(Change later);
  };
  using Clock = std::chrono::steady_clock;

  ViewRecorder(Options options, Metrics& metrics);
  absl::StatusOr<RecordedView> Load();
  absl::StatusOr<RecordedView> ReadFile();
  void Run();
  // Under the lock; unlocks while it writes.
  void WritePending(std::unique_lock<std::mutex>& lock);
  absl::Status Write(const Change& change);
  void Report(const absl::Status& status, int64_t revision);

  const Options options_;
  Counter& written_;
  Counter& failed_;
  // The metrics outlive this.
  const std::shared_ptr<std::atomic<int64_t>> revision_;
  // Only the recorder's thread touches these four.
  RecordFile file_;
  Clock::time_point not_before_{};
  absl::Duration pause_after_failure_;
  bool failing_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Change> pending_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_VIEW_RECORDER_H_
