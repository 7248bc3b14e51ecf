#include "common/snapshot/versioned_apps.h"

#include <boost/asio/this_coro.hpp>

#include "common/async/block_on.h"
#include "common/testing/fake_clock.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock {
namespace {

using Apps = VersionedApps<std::string>;

class VersionedAppsTest : public ::testing::Test {
 public:
  void Put(int64_t revision, const std::string& app_id, const std::string& value, bool snapshot = false) {
    apps_.Apply(revision, snapshot, {{app_id, revision, std::make_shared<const std::string>(value)}}, {});
  }

  FakeClock clock_;
  Apps apps_{clock_};
};

TEST_F(VersionedAppsTest, KeepsAnOldRevisionForAMinute) {
  Put(1, "a", "one");
  Put(2, "a", "two");
  EXPECT_EQ(*apps_.Latest("a").app, "two");
  EXPECT_EQ(**apps_.Find("a", 1), "one");
  clock_.Advance(absl::Seconds(61));
  Put(3, "b", "three");
  EXPECT_THAT(apps_.Find("a", 1), StatusIs(absl::StatusCode::kFailedPrecondition, "REVISION_GONE"));
  EXPECT_EQ(**apps_.Find("a", 2), "two");
}

TEST_F(VersionedAppsTest, KeepsFewOldRevisions) {
  for (int i = 1; i <= 10; ++i) Put(i, "a", std::to_string(i));
  EXPECT_THAT(apps_.Find("a", 5), StatusIs(absl::StatusCode::kFailedPrecondition, "REVISION_GONE"));
  EXPECT_EQ(**apps_.Find("a", 6), "6");
}

TEST_F(VersionedAppsTest, SaysThatARevisionIsNotKnownYetAfterWaiting) {
  Put(1, "a", "one");
  EXPECT_THAT(BlockOn(apps_.Get("a", 7, CallContext())), StatusIs(absl::StatusCode::kUnavailable, "REVISION_UNKNOWN"));
}

TEST_F(VersionedAppsTest, FindsARevisionThatArrivesWhileWaiting) {
  Put(1, "a", "one");
  auto ask = [this]() -> Task<absl::StatusOr<std::shared_ptr<const std::string>>> {
    Detach(co_await boost::asio::this_coro::executor, [](VersionedAppsTest* test) -> Task<void> {
      test->Put(2, "a", "two");
      co_return;
    }(this));
    co_return co_await apps_.Get("a", 2, CallContext());
  };
  auto found = BlockOn(ask());
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(**found, "two");
}

TEST_F(VersionedAppsTest, DropsApplicationsThatASnapshotDoesNotName) {
  Put(1, "a", "one");
  Put(2, "b", "two", /*snapshot=*/true);
  EXPECT_EQ(apps_.Latest("a").app, nullptr);
  EXPECT_EQ(**apps_.Find("a", 1), "one") << "a request that began before may finish";
  EXPECT_EQ(*apps_.Latest("b").app, "two");
}

TEST_F(VersionedAppsTest, TakesASnapshotsWordForARevisionItHas) {
  Put(1, "a", "one");
  Put(1, "a", "one, told again");
  EXPECT_EQ(*apps_.Latest("a").app, "one");
  Put(1, "a", "one, with fields of a newer program", /*snapshot=*/true);
  EXPECT_EQ(*apps_.Latest("a").app, "one, with fields of a newer program");
}

TEST_F(VersionedAppsTest, DropsARemovedApplication) {
  Put(1, "a", "one");
  apps_.Apply(2, false, {}, {"a"});
  EXPECT_EQ(apps_.Latest("a").app, nullptr);
  EXPECT_EQ(apps_.revision(), 2);
}

}  // namespace
}  // namespace overlock
