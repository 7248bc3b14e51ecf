#include "services/config/view_follower.h"

#include <condition_variable>
#include <mutex>
#include <vector>

#include "common/async/event_loops.h"
#include "common/status/status.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

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
    open = true;
    while (!call.stop.stop_requested()) co_await Delay(absl::Milliseconds(1));
    closed = true;
    co_return absl::CancelledError("stopped");
  }

  // Only the loop's thread touches it, until `open`.
  std::vector<v1::WatchRequest> requests;
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
  void Follow(std::vector<std::vector<v1::WatchResponse>> script) {
    registry_ = std::make_unique<ScriptedRegistry>(std::move(script));
    follower_ = std::make_unique<ViewFollower>(*registry_, v1::VIEW_AUTHZ, loops_.Get(0),
                                               [this](const v1::WatchResponse& batch) {
                                                 std::lock_guard lock(mutex_);
                                                 batches_.push_back(batch);
                                                 changed_.notify_all();
                                               });
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

TEST_F(ViewFollowerTest, IsNotReadyBeforeAnythingWasHeard) {
  Follow({});
  WaitUntil([&] { return registry_->open.load(); });
  EXPECT_THAT(follower_->Ready(), StatusIs(absl::StatusCode::kUnavailable, "CONFIG_NOT_LOADED"));
}

TEST_F(ViewFollowerTest, StopsTheWatchThatIsOpen) {
  Follow({{Part(5, true, false, "a")}});
  WaitUntil([&] { return registry_->open.load(); });
  follower_->Stop();
  WaitUntil([&] { return registry_->closed.load(); });
}

}  // namespace
}  // namespace overlock::config
