#include "services/config/view_follower.h"

#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <vector>

#include "common/async/event_loops.h"
#include "common/status/status.h"
#include "common/testing/fake_clock.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/config/view_recorder.h"

namespace overlock::config {
namespace {

// Each watch gets the next of the scripted lists of parts, then fails; after the last list it stays open.
class ScriptedRegistry : public AppRegistry {
 public:
  explicit ScriptedRegistry(std::vector<std::vector<v1::WatchResponse>> script) : script_(std::move(script)) {}

  Task<absl::StatusOr<v1::ImportAppResponse>> ImportApp(v1::ImportAppRequest, CallContext) override {
    co_return absl::UnimplementedError("");
  }
  Task<absl::StatusOr<v1::ListAppsResponse>> ListApps(v1::ListAppsRequest, CallContext) override {
    co_return absl::UnimplementedError("");
  }
  Task<absl::Status> Watch(v1::WatchRequest request, OnWatch on_part, CallContext call) override {
    requests.push_back(request);
    if (requests.size() <= script_.size()) {
      for (v1::WatchResponse part : script_[requests.size() - 1]) {
        OVERLOCK_CO_RETURN_IF_ERROR(co_await on_part(std::move(part)));
      }
      co_return absl::UnavailableError("the connection is lost");
    }
    for (const v1::WatchResponse& part : told_while_open) OVERLOCK_CO_RETURN_IF_ERROR(co_await on_part(part));
    open = true;
    while (!call.stop.stop_requested()) co_await Delay(absl::Milliseconds(1));
    closed = true;
    co_return absl::CancelledError("stopped");
  }

  // Only the loop's thread touches it, until `open`.
  std::vector<v1::WatchRequest> requests;
  // By the watch that stays open, first.
  std::vector<v1::WatchResponse> told_while_open;
  std::atomic<bool> open{false};
  std::atomic<bool> closed{false};

 private:
  const std::vector<std::vector<v1::WatchResponse>> script_;
};

v1::WatchResponse Part(int64_t revision, bool snapshot, bool more, const std::string& app_id) {
  v1::WatchResponse part;
  part.set_revision(revision);
  part.set_snapshot(snapshot);
  part.set_more(more);
  part.add_apps()->mutable_app()->set_app_id(app_id);
  return part;
}

class ViewFollowerTest : public ::testing::Test {
 protected:
  void Follow(std::vector<std::vector<v1::WatchResponse>> script, ViewFollower::Snapshot snapshot = {},
              std::vector<v1::WatchResponse> told_while_open = {}) {
    registry_ = std::make_unique<ScriptedRegistry>(std::move(script));
    registry_->told_while_open = std::move(told_while_open);
    auto apply = [this](const v1::WatchResponse& batch) {
      std::lock_guard lock(mutex_);
      batches_.push_back(batch);
      changed_.notify_all();
    };
    follower_ =
        std::make_unique<ViewFollower>(*registry_, v1::VIEW_AUTHZ, loops_.Get(0), apply, std::move(snapshot), clock_);
    follower_->Start();
  }
  ~ViewFollowerTest() override {
    if (follower_) follower_->Stop();
    loops_.Stop();
  }
  // Waits until `count` batches were applied.
  std::vector<v1::WatchResponse> Batches(size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return batches_.size() >= count; }));
    return batches_;
  }
  template <class Condition>
  static void WaitUntil(Condition condition) {
    absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (!condition() && absl::Now() < deadline) std::this_thread::yield();
    ASSERT_TRUE(condition());
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<v1::WatchResponse> batches_;
  std::unique_ptr<ScriptedRegistry> registry_;
  FakeClock clock_;
  EventLoops loops_{1};
  std::unique_ptr<ViewFollower> follower_;
};

TEST_F(ViewFollowerTest, JoinsThePartsOfARevision) {
  Follow(
      {{Part(5, true, true, "a"), Part(5, false, true, "b"), Part(5, false, false, "c"), Part(6, false, false, "a")}});
  auto batches = Batches(2);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_TRUE(batches[0].snapshot());
  EXPECT_FALSE(batches[0].more());
  EXPECT_EQ(batches[0].revision(), 5);
  ASSERT_EQ(batches[0].apps_size(), 3);
  EXPECT_EQ(batches[0].apps(2).app().app_id(), "c");
  EXPECT_FALSE(batches[1].snapshot());
  EXPECT_EQ(batches[1].apps_size(), 1);
}

TEST_F(ViewFollowerTest, BeginsAgainFromTheLastRevisionItApplied) {
  Follow({{Part(5, true, false, "a")}, {}, {Part(6, false, false, "b")}});
  Batches(2);
  WaitUntil([&] { return registry_->open.load(); });
  ASSERT_EQ(registry_->requests.size(), 4u);
  EXPECT_EQ(registry_->requests[0].view(), v1::VIEW_AUTHZ);
  EXPECT_EQ(registry_->requests[0].after_revision(), 0);
  EXPECT_EQ(registry_->requests[1].after_revision(), 5);
  EXPECT_EQ(registry_->requests[2].after_revision(), 5);
  EXPECT_EQ(registry_->requests[3].after_revision(), 6);
  EXPECT_EQ(follower_->revision(), 6);
}

TEST_F(ViewFollowerTest, DropsARevisionThatBrokeOffInTheMiddle) {
  Follow({{Part(5, true, true, "a")}, {Part(6, true, false, "b")}});
  auto batches = Batches(1);
  ASSERT_EQ(batches[0].apps_size(), 1);
  EXPECT_EQ(batches[0].apps(0).app().app_id(), "b");
}

TEST_F(ViewFollowerTest, IsReadyOnceAFullStateWasApplied) {
  Follow({{}, {Part(5, true, false, "a")}});
  WaitUntil([&] { return follower_->Ready().ok(); });
  EXPECT_EQ(Batches(1).size(), 1u);
}

TEST_F(ViewFollowerTest, IsStaleFromTheTimeThatTheWatchBroke) {
  Follow({{Part(5, true, false, "a")}});
  // Nothing was heard since.
  WaitUntil([&] { return registry_->open.load(); });
  clock_.Advance(absl::Seconds(7));
  EXPECT_EQ(follower_->stale_for(), absl::Seconds(7));
}

TEST_F(ViewFollowerTest, IsNotStaleWhileAWatchThatHasAnsweredIsOpen) {
  Follow({{}, {Part(5, true, false, "a")}}, {}, {Part(6, false, false, "b")});
  WaitUntil([&] { return registry_->open.load(); });
  clock_.Advance(absl::Seconds(7));
  EXPECT_EQ(follower_->stale_for(), absl::ZeroDuration());
}

TEST_F(ViewFollowerTest, IsNotReadyBeforeAnythingWasHeard) {
  Follow({});
  WaitUntil([&] { return registry_->open.load(); });
  EXPECT_THAT(follower_->Ready(), StatusIs(absl::StatusCode::kUnavailable, "CONFIG_NOT_LOADED"));
}

TEST_F(ViewFollowerTest, TakesTheAnswerToAWatchFromNothingForEverything) {
  Follow({{Part(5, false, false, "a"), Part(6, false, false, "b")}});
  auto batches = Batches(2);
  EXPECT_TRUE(batches[0].snapshot());
  EXPECT_FALSE(batches[1].snapshot());
}

TEST_F(ViewFollowerTest, SaysWhyThereIsNothingToStartFrom) {
  Follow({}, {nullptr, "--state_dir is not set"});
  WaitUntil([&] { return registry_->open.load(); });
  EXPECT_THAT(std::string(follower_->Ready().message()), ::testing::EndsWith("meanwhile: --state_dir is not set"));
}

TEST_F(ViewFollowerTest, StopsTheWatchThatIsOpen) {
  Follow({{Part(5, true, false, "a")}});
  WaitUntil([&] { return registry_->open.load(); });
  follower_->Stop();
  WaitUntil([&] { return registry_->closed.load(); });
}

// The same with a state on disk. A restart is another follower.
class RecordingViewFollowerTest : public ViewFollowerTest {
 protected:
  RecordingViewFollowerTest() {
    std::string pattern = ::testing::TempDir() + "/view-follower-XXXXXX";
    options_.directory = mkdtemp(pattern.data());
    options_.view = v1::VIEW_AUTHZ;
    options_.key = crypto::SealKey::Random();
  }
  ~RecordingViewFollowerTest() override {
    if (follower_) follower_->Stop();
    loops_.Stop();
    std::filesystem::remove_all(options_.directory);
  }
  void Restart(std::vector<std::vector<v1::WatchResponse>> script) {
    if (follower_) follower_->Stop();
    if (registry_ && registry_->open) WaitUntil([&] { return registry_->closed.load(); });
    before_.push_back({std::move(follower_), std::move(registry_)});
    batches_.clear();
    recorder_ = *ViewRecorder::Make(options_, metrics_);
    Follow(std::move(script), {recorder_, ""});
  }
  std::string path() const { return options_.directory + "/authz.view"; }

  Metrics metrics_;
  ViewRecorder::Options options_;
  std::shared_ptr<ViewRecorder> recorder_;
  // The loop may still end what they began.
  std::vector<std::pair<std::unique_ptr<ViewFollower>, std::unique_ptr<ScriptedRegistry>>> before_;
};

TEST_F(RecordingViewFollowerTest, StartsFromTheLastStateWhileConfigIsDown) {
  Restart({{Part(5, true, true, "a"), Part(5, false, false, "b"), Part(6, false, false, "c")}});
  Batches(2);
  WaitUntil([&] { return recorder_->revision() == 6; });
  Restart({});
  auto batches = Batches(1);
  EXPECT_TRUE(batches[0].snapshot());
  EXPECT_EQ(batches[0].revision(), 6);
  EXPECT_EQ(batches[0].apps_size(), 3);
  WaitUntil([&] { return registry_->open.load(); });
  EXPECT_THAT(follower_->Ready(), IsOk());
  EXPECT_EQ(follower_->revision(), 6);
  EXPECT_EQ(registry_->requests[0].after_revision(), 6);
}

TEST_F(RecordingViewFollowerTest, RecordsWhatComesAfterTheStateItStartedFrom) {
  Restart({{Part(5, true, false, "a")}});
  Batches(1);
  WaitUntil([&] { return recorder_->revision() == 5; });
  Restart({{Part(7, false, false, "b")}});
  Batches(2);
  WaitUntil([&] { return recorder_->revision() == 7; });
  Restart({});
  auto batches = Batches(1);
  EXPECT_EQ(batches[0].revision(), 7);
  EXPECT_EQ(batches[0].apps_size(), 2);
}

TEST_F(RecordingViewFollowerTest, WritesNothingWhenNothingHasChanged) {
  v1::WatchResponse nothing_new;
  nothing_new.set_revision(5);
  Restart({{Part(5, true, false, "a")}});
  Batches(1);
  WaitUntil([&] { return recorder_->revision() == 5; });
  Restart({{nothing_new}});
  Batches(2);
  follower_->Stop();
  EXPECT_EQ(metrics_.GetCounter("overlock_authz_snapshot_writes_total", "", {{"result", "written"}}).value(), 1u);
}

TEST_F(RecordingViewFollowerTest, WaitsForConfigWhenTheStateOnDiskIsUnusable) {
  std::ofstream(path()) << "this is no snapshot, but it stands where one should be, and is long enough for one";
  Restart({});
  WaitUntil([&] { return registry_->open.load(); });
  EXPECT_THAT(follower_->Ready(), StatusIs(absl::StatusCode::kUnavailable, "CONFIG_NOT_LOADED"));
  EXPECT_THAT(std::string(follower_->Ready().message()), ::testing::HasSubstr("not one of this program's files"));
  EXPECT_EQ(registry_->requests[0].after_revision(), 0);
  Restart({{Part(5, true, false, "a")}});
  Batches(1);
  EXPECT_THAT(follower_->Ready(), IsOk());
  WaitUntil([&] { return recorder_->revision() == 5; });
  Restart({});
  EXPECT_EQ(Batches(1)[0].revision(), 5);
}

TEST_F(RecordingViewFollowerTest, SaysWhereAStateIsMissing) {
  Restart({});
  WaitUntil([&] { return registry_->open.load(); });
  EXPECT_THAT(std::string(follower_->Ready().message()), ::testing::HasSubstr("there is no snapshot " + path()));
}

TEST_F(RecordingViewFollowerTest, AsksForEverythingAfterAnUpgrade) {
  RecordFile file({options_.directory, "authz.view", "view authz", options_.key});
  RecordFile::Changes changes;
  changes["a"] = [] { return Part(5, true, false, "a").apps(0).SerializeAsString(); };
  ASSERT_THAT(file.Write({5, "of another build"}, false, changes), IsOk());
  Restart({{}, {Part(5, true, false, "a"), Part(6, false, false, "b")}});
  auto batches = Batches(3);
  EXPECT_EQ(batches[0].revision(), 5) << "it serves from the old state meanwhile";
  WaitUntil([&] { return registry_->open.load(); });
  EXPECT_EQ(registry_->requests[0].after_revision(), 0);
  EXPECT_EQ(registry_->requests[1].after_revision(), 0) << "until it was told everything";
  EXPECT_EQ(registry_->requests[2].after_revision(), 6);
}

TEST_F(RecordingViewFollowerTest, EndsBeforeItHasBegun) {
  recorder_ = *ViewRecorder::Make(options_, metrics_);
  registry_ = std::make_unique<ScriptedRegistry>(std::vector<std::vector<v1::WatchResponse>>{});
  follower_ = std::make_unique<ViewFollower>(
      *registry_, v1::VIEW_AUTHZ, loops_.Get(0), [](const v1::WatchResponse&) {},
      ViewFollower::Snapshot{recorder_, ""});
  follower_->Stop();
  follower_->Start();
  follower_.reset();
}

}  // namespace
}  // namespace overlock::config
