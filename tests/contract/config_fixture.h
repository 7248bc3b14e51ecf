// A config service over a database in a temporary directory, asked directly or over gRPC with a token.
#ifndef OVERLOCK_TESTS_CONTRACT_CONFIG_FIXTURE_H_
#define OVERLOCK_TESTS_CONTRACT_CONFIG_FIXTURE_H_

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/rpc/server_runner.h"
#include "common/storage/open_database.h"
#include "common/telemetry/metrics.h"
#include "common/testing/fake_clock.h"
#include "common/testing/postgres_server.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/config/admin_grpc.h"
#include "services/config/config_grpc.h"
#include "services/config/config_parts.h"
#include "services/config/remote_app_admin.h"
#include "services/config/remote_app_registry.h"
#include "services/validation/schemes/presets.h"

namespace overlock::config {

// How the service is asked, and what it keeps things in.
enum class Where { kInProcess, kOverGrpc, kInProcessOnPostgres };

inline void PrintTo(Where where, std::ostream* out) {
  *out << (where == Where::kInProcess ? "InProcess" : where == Where::kOverGrpc ? "OverGrpc" : "OnPostgres");
}

class ConfigFixture {
 public:
  explicit ConfigFixture(Where where) : remote_(where == Where::kOverGrpc) {
    std::string pattern = ::testing::TempDir() + "/overlock_config_XXXXXX";
    directory_ = mkdtemp(pattern.data());
    url_ = "sqlite:" + directory_ + "/config.db";
    if (where == Where::kInProcessOnPostgres) MakePostgresDatabase();
    Open();
  }
  ~ConfigFixture() {
    Close();
    std::filesystem::remove_all(directory_);
  }

  void Open() {
    auto database = storage::OpenDatabase(url_);
    ASSERT_THAT(database, IsOk());
    ConfigParts::Options options{key_, {}, {{check_expression_, &validation::CheckSettings}, check_sources_}};
    auto parts = ConfigParts::Open(*std::move(database), std::move(options), metrics_, clock_);
    ASSERT_THAT(parts, IsOk());
    parts_ = *std::move(parts);
    registry_ = &parts_->registry();
    admin_ = &parts_->admin();
    if (!remote_) return;
    config_grpc_ = std::make_unique<ConfigGrpc>(parts_->registry(), loops_);
    admin_grpc_ = std::make_unique<AdminGrpc>(parts_->admin(), loops_);
    server_ = rpc::ServerRunner::StartInProcess({config_grpc_.get(), admin_grpc_.get()});
    remote_registry_ = std::make_unique<RemoteAppRegistry>(server_->InProcessChannel());
    remote_admin_ = std::make_unique<RemoteAppAdmin>(server_->InProcessChannel());
    registry_ = remote_registry_.get();
    admin_ = remote_admin_.get();
  }
  void Close() {
    if (parts_) parts_->registry().Drain();
    if (server_) server_->Shutdown(absl::Now() + absl::Seconds(5));
    remote_registry_.reset();
    remote_admin_.reset();
    server_.reset();
    config_grpc_.reset();
    admin_grpc_.reset();
    parts_.reset();
  }

  // A call of a token with that role; without applications of all. In process such a call comes from elsewhere, too.
  CallContext CallOf(v1::Role role, const std::vector<std::string>& app_ids = {}) {
    v1::CreateTokenRequest request;
    request.mutable_token()->set_name("token" + std::to_string(++tokens_));
    request.mutable_token()->set_role(role);
    for (const std::string& app_id : app_ids) request.mutable_token()->add_app_ids(app_id);
    auto made = BlockOn(parts_->admin().CreateToken(std::move(request), CallContext()));
    EXPECT_THAT(made, IsOk());
    return CallWith(made.ok() ? made->secret() : "");
  }
  CallContext CallWith(const std::string& token) const {
    CallContext call;
    call.token = token;
    if (!remote_) {
      Caller caller;
      caller.address = "test";
      caller.token = token;
      call.caller = std::make_shared<const Caller>(std::move(caller));
    }
    return call;
  }

  // Another replica of the service over the same database.
  std::unique_ptr<ConfigParts> OpenReplica(Metrics& metrics) {
    auto database = storage::OpenDatabase(url_);
    EXPECT_THAT(database, IsOk());
    auto parts = ConfigParts::Open(*std::move(database),
                                   {key_, {}, {{check_expression_, &validation::CheckSettings}, check_sources_}},
                                   metrics, clock_);
    EXPECT_THAT(parts, IsOk());
    return *std::move(parts);
  }

  ConfigParts& parts() { return *parts_; }
  AppRegistry& registry() { return *registry_; }
  AppAdmin& admin() { return *admin_; }
  Metrics& metrics() { return metrics_; }
  FakeClock& clock() { return clock_; }
  const std::string& directory() const { return directory_; }

  // Take effect with Open().
  ExpressionChecker check_expression_;
  SourceChecker check_sources_;

 private:
  void MakePostgresDatabase() {
    auto server = PostgresServer::Shared();
    ASSERT_THAT(server, IsOk());
    auto url = (*server)->CreateDatabase();
    ASSERT_THAT(url, IsOk());
    url_ = *url;
  }

  const bool remote_;
  const crypto::SealKey key_ = crypto::SealKey::Random();
  std::string directory_;
  std::string url_;
  int tokens_ = 0;
  Metrics metrics_;
  FakeClock clock_;
  EventLoops loops_{2};
  std::unique_ptr<ConfigParts> parts_;
  std::unique_ptr<ConfigGrpc> config_grpc_;
  std::unique_ptr<AdminGrpc> admin_grpc_;
  std::unique_ptr<rpc::ServerRunner> server_;
  std::unique_ptr<RemoteAppRegistry> remote_registry_;
  std::unique_ptr<RemoteAppAdmin> remote_admin_;
  AppRegistry* registry_ = nullptr;
  AppAdmin* admin_ = nullptr;
};

}  // namespace overlock::config

#endif  // OVERLOCK_TESTS_CONTRACT_CONFIG_FIXTURE_H_
