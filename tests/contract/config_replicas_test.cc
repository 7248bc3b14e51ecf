// Two replicas of the config service over one database of PostgreSQL.
#include <future>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/contract/config_fixture.h"

namespace overlock::config {
namespace {

class ConfigReplicasTest : public ::testing::Test {
 protected:
  static v1::ImportAppRequest App(const std::string& name, const std::string& source = "exports = 1;") {
    v1::ImportAppRequest request;
    auto add = [&request](const std::string& path, const std::string& content) {
      auto* file = request.add_files();
      file->set_path(path);
      file->set_content(content);
    };
    add("stitch.json", absl::StrCat(R"({"app_id": ")", name, R"(-abcde", "name": ")", name, R"("})"));
    add("functions/f/config.json", R"({"name": "f"})");
    add("functions/f/source.js", source);
    return request;
  }
  static absl::StatusOr<v1::ImportAppResponse> Import(ConfigParts& parts, v1::ImportAppRequest request) {
    return BlockOn(parts.registry().ImportApp(std::move(request), CallContext()));
  }

  ConfigFixture config_{Where::kInProcessOnPostgres};
  Metrics metrics_;
  std::unique_ptr<ConfigParts> replica_ = config_.OpenReplica(metrics_);
};

TEST_F(ConfigReplicasTest, AWatcherOfOneHearsWhatTheOtherWrote) {
  std::promise<void> began;
  std::promise<v1::WatchResponse> heard;
  std::stop_source stop;
  int parts = 0;
  auto on_part = [&](v1::WatchResponse part) -> Task<absl::Status> {
    if (++parts == 1) began.set_value();
    if (parts == 2) heard.set_value(std::move(part));
    co_return absl::OkStatus();
  };
  CallContext call;
  call.stop = stop.get_token();
  std::thread watcher([&] {
    v1::WatchRequest request;
    request.set_view(v1::VIEW_EXECUTOR);
    EXPECT_THAT(BlockOn(replica_->registry().Watch(request, on_part, call)), StatusIs(absl::StatusCode::kCancelled));
  });
  began.get_future().wait();
  auto imported = Import(config_.parts(), App("one"));
  ASSERT_THAT(imported, IsOk());
  auto future = heard.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  v1::WatchResponse change = future.get();
  EXPECT_EQ(change.revision(), imported->app().revision());
  EXPECT_EQ(change.apps(0).executor().functions(0).source(), "exports = 1;");
  stop.request_stop();
  watcher.join();
}

TEST_F(ConfigReplicasTest, WritesOfBothComeOneAfterAnotherAndNoneIsLost) {
  constexpr int kWrites = 20;
  auto write = [](ConfigParts& parts, const std::string& prefix) {
    for (int i = 0; i < kWrites; ++i) {
      auto shared = Import(parts, App("one", absl::StrCat("exports = '", prefix, i, "';")));
      EXPECT_TRUE(shared.ok()) << shared.status();
      auto own = Import(parts, App(absl::StrCat(prefix, i)));
      EXPECT_TRUE(own.ok()) << own.status();
    }
  };
  std::thread other([&] { write(*replica_, "b"); });
  write(config_.parts(), "a");
  other.join();
  ASSERT_THAT(config_.parts().catalog().Refresh(), IsOk());
  ASSERT_THAT(replica_->catalog().Refresh(), IsOk());
  auto one = config_.parts().catalog().state();
  auto two = replica_->catalog().state();
  EXPECT_EQ(one->revision, two->revision);
  EXPECT_EQ(one->applications.size(), static_cast<size_t>(2 * kWrites + 1));
  EXPECT_EQ(two->applications.size(), one->applications.size());
  for (const auto& [app_id, stored] : one->applications) {
    EXPECT_EQ(two->applications.at(app_id).revision, stored.revision) << app_id;
  }
  auto revisions = config_.parts().catalog().store().ListRevisions("one-abcde");
  ASSERT_THAT(revisions, IsOk());
  EXPECT_EQ(revisions->size(), static_cast<size_t>(2 * kWrites));
}

}  // namespace
}  // namespace overlock::config
