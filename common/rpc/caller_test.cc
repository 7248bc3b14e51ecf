#include <grpcpp/grpcpp.h>
#include <grpcpp/security/auth_context.h>

#include <string>
#include <utility>
#include <vector>

#include "common/rpc/caller_check.h"
#include "common/rpc/caller_table.h"
#include "common/rpc/server_runner.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "overlock/config/v1/config_service.grpc.pb.h"

namespace overlock::rpc {
namespace {

constexpr char kService[] = "overlock.config.v1.ConfigService";
constexpr char kWatch[] = "/overlock.config.v1.ConfigService/Watch";
constexpr char kListApps[] = "/overlock.config.v1.ConfigService/ListApps";

CallerTable Table() { return {kService, {{"Watch", {"edge", "validation"}}, {kOtherMethods, {kTokenHolder}}}}; }

// A connection whose certificate has these DNS names and the common name `edge`.
class FakeAuthContext : public grpc::AuthContext {
 public:
  explicit FakeAuthContext(std::vector<std::string> dns_names) : dns_names_(std::move(dns_names)) {}

  bool IsPeerAuthenticated() const override { return true; }
  std::vector<grpc::string_ref> GetPeerIdentity() const override { return {}; }
  std::string GetPeerIdentityPropertyName() const override { return ""; }
  std::vector<grpc::string_ref> FindPropertyValues(const std::string& name) const override {
    if (name == GRPC_PEER_DNS_PROPERTY_NAME) return {dns_names_.begin(), dns_names_.end()};
    if (name == GRPC_X509_CN_PROPERTY_NAME) return {"edge"};
    return {};
  }
  grpc::AuthPropertyIterator begin() const override { return Nothing(); }
  grpc::AuthPropertyIterator end() const override { return Nothing(); }
  void AddProperty(const std::string&, const grpc::string_ref&) override {}
  bool SetPeerIdentityPropertyName(const std::string&) override { return false; }

 private:
  struct Nothing : grpc::AuthPropertyIterator {};
  const std::vector<std::string> dns_names_;
};

class CallerCheckTest : public ::testing::Test {
 protected:
  CallerCheckTest() : check_(*CallerPolicy::Make({Table()}), metrics_) {}

  grpc::StatusCode Call(const char* path, std::vector<std::string> dns_names) {
    grpc::AuthMetadataProcessor::InputMetadata metadata = {{":path", path}, {"x-request-id", "abc"}};
    grpc::AuthMetadataProcessor::OutputMetadata consumed, response;
    FakeAuthContext context(std::move(dns_names));
    grpc::Status status = check_.Process(metadata, &context, &consumed, &response);
    EXPECT_TRUE(consumed.empty());
    message_ = status.error_message();
    return status.error_code();
  }
  bool Counted(const std::string& line) { return metrics_.Serialize().find(line) != std::string::npos; }

  Metrics metrics_;
  CallerCheck check_;
  std::string message_;
};

TEST_F(CallerCheckTest, ServesTheServicesInTheTable) {
  EXPECT_EQ(Call(kWatch, {"localhost", "edge"}), grpc::StatusCode::OK);
  EXPECT_EQ(Call(kWatch, {"overlock-validation.overlock.svc"}), grpc::StatusCode::OK);
}

TEST_F(CallerCheckTest, RefusesOthersSaysWhomItExpectsAndCounts) {
  const std::string counter = R"(overlock_rpc_refused_callers_total{method="overlock.config.v1.ConfigService/Watch"} )";
  EXPECT_TRUE(Counted(counter + "0"));
  for (const auto& names : std::vector<std::vector<std::string>>{
           {}, {""}, {"localhost"}, {"auth"}, {"me.edge"}, {"edge-2"}, {std::string(kTokenHolder)}, {"*"}}) {
    EXPECT_EQ(Call(kWatch, names), grpc::StatusCode::PERMISSION_DENIED) << testing::PrintToString(names);
    EXPECT_NE(message_.find("one of: edge, validation"), std::string::npos) << message_;
  }
  EXPECT_TRUE(Counted(counter + "8")) << metrics_.Serialize();
}

TEST_F(CallerCheckTest, LetsEverybodyWithACertificateAskWhatAsksForATokenItself) {
  EXPECT_EQ(Call(kListApps, {}), grpc::StatusCode::OK);
  EXPECT_EQ(Call("/grpc.health.v1.Health/Check", {}), grpc::StatusCode::OK);
  EXPECT_EQ(Call("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", {}), grpc::StatusCode::OK);
  EXPECT_FALSE(Counted("ListApps"));
}

TEST_F(CallerCheckTest, KnowsNoOtherMethods) {
  for (const char* path : {"", "/", "/overlock.config.v1.ConfigService/watch", "overlock.config.v1.ConfigService/Watch",
                           "/overlock.config.v1.AdminService/CreateToken", "/grpc.health.v1.Healthy/Check",
                           "/overlock.config.v1.ConfigService/*"}) {
    EXPECT_EQ(Call(path, {"edge"}), grpc::StatusCode::UNIMPLEMENTED) << path;
  }
}

TEST(CallerPolicyTest, HasARuleForEveryMethod) {
  auto policy = CallerPolicy::Make({Table()});
  ASSERT_THAT(policy, IsOk());
  EXPECT_EQ(policy->rules().size(), 3u);
  ASSERT_NE(policy->Find(kListApps), nullptr);
  EXPECT_TRUE(policy->Find(kListApps)->token_holder);
  ASSERT_NE(policy->Find(kWatch), nullptr);
  EXPECT_FALSE(policy->Find(kWatch)->token_holder);
}

TEST(CallerPolicyTest, RefusesTablesThatForgetOrInventSomething) {
  const std::vector<CallerTable> wrong = {
      {kService, {{"Watch", {"edge"}}, {"ListApps", {kTokenHolder}}}},
      {kService, {{"Watch", {}}, {kOtherMethods, {kTokenHolder}}}},
      {kService, {{"Watches", {"edge"}}, {kOtherMethods, {kTokenHolder}}}},
      {"overlock.config.v1.NoService", {{kOtherMethods, {kTokenHolder}}}},
      {"", {}},
  };
  for (const CallerTable& table : wrong) {
    EXPECT_THAT(CallerPolicy::Make({Table(), table}), StatusIs(absl::StatusCode::kInternal, "CALLERS_UNSPECIFIED"));
  }
}

TEST(CallerPolicyTest, NoServerStartsWithoutIt) {
  config::v1::ConfigService::CallbackService service;
  Metrics metrics;
  CallerTable table = {kService, {{"Watch", {"edge"}}}};
  EXPECT_THAT(ServerRunner::Start("127.0.0.1:0", TlsOptions(), {{&service, table}}, metrics),
              StatusIs(absl::StatusCode::kInternal, "CALLERS_UNSPECIFIED"));
  EXPECT_THAT(ServerRunner::Start("127.0.0.1:0", TlsOptions(), {{&service, Table()}}, metrics), IsOk());
}

}  // namespace
}  // namespace overlock::rpc
