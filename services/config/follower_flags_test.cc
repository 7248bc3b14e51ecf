#include "services/config/follower_flags.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/rpc/channel.h"
#include "common/telemetry/metrics.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/config/app_registry_mock.h"

ABSL_DECLARE_FLAG(std::string, state_dir);
ABSL_DECLARE_FLAG(std::string, seal_key_file);

namespace overlock::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A registry that is down.
class NoRegistry : public AppRegistryMock {
 public:
  Task<absl::Status> Watch(v1::WatchRequest, OnWatch, CallContext) override {
    co_return absl::UnavailableError("config is down");
  }
};

// The registry is in this process, or is never asked.
class FakeHost : public app::Host {
 public:
  EventLoops& loops() override { return loops_; }
  Metrics& metrics() override { return metrics_; }
  void AddGrpcService(rpc::ServedService) override {}
  absl::StatusOr<rpc::Connection> Connect(const std::string&) override {
    OVERLOCK_ASSIGN_OR_RETURN(auto channel, rpc::MakeChannel("127.0.0.1:1", {}));
    return rpc::Connection(std::move(channel));
  }
  void AddReadinessCheck(std::string name, std::function<absl::Status()> check) override {
    checks[std::move(name)] = std::move(check);
  }

  std::map<std::string, std::function<absl::Status()>> checks;

 private:
  EventLoops loops_{1};
  Metrics metrics_;
};

class FollowerFlagsTest : public ::testing::Test {
 protected:
  FollowerFlagsTest() {
    std::string pattern = ::testing::TempDir() + "/follower-flags-XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~FollowerFlagsTest() override { std::filesystem::remove_all(root_); }

  // Makes it, without starting it; what its readiness check says.
  std::string Make(v1::View view, const std::string& service) {
    auto follower = MakeFollower(
        host_, view, [](const v1::WatchResponse&) {}, registry_);
    if (!follower.ok()) return absl::StrCat(ReasonOf(follower.status()), " ", follower.status().message());
    followers_.push_back(*std::move(follower));
    return std::string(host_.checks.at(service)().message());
  }
  void SetKey(const std::string& hex) {
    std::ofstream(root_ + "/key") << hex;
    absl::SetFlag(&FLAGS_seal_key_file, root_ + "/key");
  }

  absl::FlagSaver saver_;
  std::string root_;
  FakeHost host_;
  NoRegistry here_;
  std::unique_ptr<AppRegistry> registry_;
  // The metrics ask all of them.
  std::vector<std::unique_ptr<ViewFollower>> followers_;
};

TEST_F(FollowerFlagsTest, SaysThatThereIsNoStateDirectory) {
  EXPECT_THAT(Make(v1::VIEW_EDGE, "edge"), HasSubstr("--state_dir is not set"));
}

TEST_F(FollowerFlagsTest, KeepsTheEdgesStateWithoutAKey) {
  absl::SetFlag(&FLAGS_state_dir, root_);
  EXPECT_THAT(Make(v1::VIEW_EDGE, "edge"), Not(HasSubstr("meanwhile")));
  EXPECT_THAT(host_.metrics().Serialize(), HasSubstr("overlock_edge_snapshot_revision"));
}

TEST_F(FollowerFlagsTest, KeepsSecretsOnlyWithAKey) {
  absl::SetFlag(&FLAGS_state_dir, root_);
  EXPECT_THAT(Make(v1::VIEW_AUTHZ, "authz"), HasSubstr("--seal_key_file is not set: the view of authz holds secrets"));
  EXPECT_THAT(host_.metrics().Serialize(), Not(HasSubstr("snapshot")));
  SetKey(std::string(64, 'a'));
  EXPECT_THAT(Make(v1::VIEW_AUTHZ, "authz"), Not(HasSubstr("meanwhile")));
  EXPECT_THAT(host_.metrics().Serialize(), HasSubstr("overlock_authz_snapshot_revision"));
}

TEST_F(FollowerFlagsTest, DoesNotStartWithAKeyFileThatHoldsNone) {
  absl::SetFlag(&FLAGS_state_dir, root_);
  SetKey("0123");
  EXPECT_THAT(Make(v1::VIEW_EDGE, "edge"), HasSubstr("SEAL_KEY_BAD seal_key_file: "));
  absl::SetFlag(&FLAGS_seal_key_file, root_ + "/none");
  EXPECT_THAT(Make(v1::VIEW_EDGE, "edge"), HasSubstr("SEAL_KEY_UNREADABLE seal_key_file: "));
  EXPECT_FALSE(std::filesystem::exists(root_ + "/none")) << "a new key could not open what the old one sealed";
}

TEST_F(FollowerFlagsTest, KeepsNoStateWhenConfigIsInThisProcess) {
  absl::SetFlag(&FLAGS_state_dir, root_);
  host_.Provide<AppRegistry>(&here_);
  EXPECT_THAT(Make(v1::VIEW_EXECUTOR, "executor"), Not(HasSubstr("meanwhile")));
  EXPECT_THAT(host_.metrics().Serialize(), Not(HasSubstr("snapshot")));
  EXPECT_EQ(registry_, nullptr);
}

TEST_F(FollowerFlagsTest, TellsTheRevisionInForce) {
  Make(v1::VIEW_AUTH, "auth");
  EXPECT_THAT(host_.metrics().Serialize(), HasSubstr("overlock_auth_config_revision 0"));
  EXPECT_THAT(host_.metrics().Serialize(), HasSubstr("overlock_auth_config_stale_seconds 0"));
}

}  // namespace
}  // namespace overlock::config
