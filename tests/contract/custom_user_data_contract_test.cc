// How custom data get from the database to a user who logs in: auth and executor, in process and over gRPC.
#include <memory>
#include <string>
#include <utility>

#include "common/async/event_loops.h"
#include "common/ejson/parse.h"
#include "common/telemetry/metrics.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/auth/local_authenticator.h"
#include "services/auth/user_store.h"
#include "services/config/app_admin_mock.h"
#include "services/executor/data/data_service.h"
#include "services/executor/data/fake_server_fixture.h"
#include "services/executor/executor_grpc.h"
#include "services/executor/local_function_executor.h"
#include "services/executor/remote_function_executor.h"
#include "tests/contract/where.h"

namespace overlock::executor {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr char kAda[] = "5e7a1c0f9d3b2a4c6e8f0a98";

// Everybody with credentials is Ada.
class EverybodyIsAda : public auth::UserStore {
 public:
  Task<absl::StatusOr<auth::FoundUser>> FindById(std::string, std::string, CallContext) override {
    co_return auth::FoundUser(Ada());
  }
  Task<absl::StatusOr<auth::FoundUser>> FindByCredentials(auth::LoginAttempt, CallContext) override {
    co_return auth::FoundUser(Ada());
  }

 private:
  static type::v1::User Ada() {
    type::v1::User user;
    user.set_id(kAda);
    user.set_type(type::v1::User::TYPE_NORMAL);
    return user;
  }
};

class CustomUserDataContract : public ContractTest {
 protected:
  CustomUserDataContract() {
    auto actions = std::make_shared<ServiceActions>();
    actions->Register("mongodb-atlas", std::make_shared<DataService>(loops_.Get(0), server_, metrics_));
    local_ = std::make_unique<LocalFunctionExecutor>(loops_.Get(0), SupervisorOptions(), metrics_, std::move(actions));
    if (GetParam() != Where::kInProcess) {
      grpc_ = std::make_unique<ExecutorGrpc>(*local_, tokens_, ExecutorGrpc::Trust::kServices, loops_.Get(0));
      over_.emplace(GetParam(), *grpc_, "/overlock.executor.v1.ExecutorService/ReadCustomUserData");
      remote_ = std::make_unique<RemoteFunctionExecutor>(over_->connection());
    }
    authenticator_ = std::make_unique<auth::LocalAuthenticator>(executor(), users_, metrics_);
    Apply(7, "mongodb-atlas");
    server_->documents.push_back(*ejson::Parse(R"({"_id":1,"user":"5e7a1c0f9d3b2a4c6e8f0a98","role":"admin"})"));
  }
  ~CustomUserDataContract() override {
    remote_.reset();
    over_.reset();
    local_->Stop();
    loops_.Stop();
  }

  FunctionExecutor& executor() { return remote_ ? static_cast<FunctionExecutor&>(*remote_) : *local_; }

  // An empty service's name: the application does not use custom data.
  void Apply(int64_t revision, const std::string& service) {
    config::v1::CustomUserData where;
    where.set_enabled(true);
    where.set_mongo_service_name(service);
    where.set_database_name("people");
    where.set_collection_name("members");
    where.set_user_id_field("user");
    config::v1::WatchResponse to_auth = BatchOf(revision), to_executor = BatchOf(revision);
    auto& view = *to_auth.mutable_apps(0)->mutable_auth();
    for (const char* name : {"fetch", "login"}) {
      auto* webhook = view.add_webhooks();
      webhook->mutable_name()->set_service("s");
      webhook->mutable_name()->set_webhook(name);
      webhook->mutable_authed_user()->set_fetch_custom_user_data(std::string(name) == "fetch");
    }
    auto& code = *to_executor.mutable_apps(0)->mutable_executor();
    code.add_services()->set_name("mongodb-atlas");
    code.mutable_services(0)->set_type("mongodb-atlas");
    if (!service.empty()) {
      *view.mutable_custom_user_data() = where;
      *code.mutable_custom_user_data() = where;
    }
    authenticator_->Apply(to_auth);
    local_->Apply(to_executor);
  }
  static config::v1::WatchResponse BatchOf(int64_t revision) {
    config::v1::WatchResponse batch;
    batch.set_revision(revision);
    batch.set_snapshot(true);
    auto* app = batch.add_apps()->mutable_app();
    app->set_app_id("shop-abcde");
    app->set_revision(revision);
    return batch;
  }

  absl::StatusOr<v1::ReadCustomUserDataResponse> Read(const std::string& user_id, int64_t revision = 7) {
    v1::ReadCustomUserDataRequest request;
    request.mutable_app()->set_app_id("shop-abcde");
    request.mutable_app()->set_revision(revision);
    request.set_user_id(user_id);
    CallContext call;
    return Await(executor().ReadCustomUserData(std::move(request), std::move(call)));
  }
  absl::StatusOr<auth::v1::AuthenticateResponse> LogIn(const std::string& webhook, int64_t revision = 7) {
    auth::v1::AuthenticateRequest request;
    request.mutable_app()->set_app_id("shop-abcde");
    request.mutable_app()->set_revision(revision);
    request.mutable_webhook()->set_service("s");
    request.mutable_webhook()->set_webhook(webhook);
    CallContext call;
    Body body(R"({"api-key":"a key"})");
    return Await(authenticator_->Authenticate(std::move(request), std::move(body), std::move(call)));
  }

  Metrics metrics_;
  EventLoops loops_{2};
  EverybodyIsAda users_;
  config::AppAdminMock config_;
  config::TokenChecker tokens_{config_};
  std::shared_ptr<FakeServer> server_ = std::make_shared<FakeServer>();
  std::unique_ptr<LocalFunctionExecutor> local_;
  std::unique_ptr<ExecutorGrpc> grpc_;
  std::unique_ptr<RemoteFunctionExecutor> remote_;
  std::unique_ptr<auth::LocalAuthenticator> authenticator_;
};

TEST_P(CustomUserDataContract, AUserWhoLogsInHasThemWhereTheWebhookAsksForThem) {
  auto response = LogIn("fetch");
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->user().id(), kAda);
  EXPECT_EQ(response->user().custom_data_json(),
            R"({"_id":{"$numberInt":"1"},"user":"5e7a1c0f9d3b2a4c6e8f0a98","role":"admin"})");
}

TEST_P(CustomUserDataContract, TheyAreReadAnewForEachRequest) {
  ASSERT_THAT(LogIn("fetch"), IsOk());
  server_->documents = {*ejson::Parse(R"({"user":"5e7a1c0f9d3b2a4c6e8f0a98","role":"guest"})")};
  auto response = LogIn("fetch");
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->user().custom_data_json(), R"({"user":"5e7a1c0f9d3b2a4c6e8f0a98","role":"guest"})");
  server_->documents.clear();
  response = LogIn("fetch");
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->user().id(), kAda);
  EXPECT_EQ(response->user().custom_data_json(), "");
}

TEST_P(CustomUserDataContract, TheDatabaseIsNotAskedWhereNobodyWantsThem) {
  auto response = LogIn("login");
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->user().custom_data_json(), "");
  Apply(8, "");
  response = LogIn("fetch", 8);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->user().custom_data_json(), "");
  auto read = Read(kAda, 8);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->custom_data_json(), "");
  EXPECT_THAT(server_->commands, IsEmpty());
}

TEST_P(CustomUserDataContract, ADatabaseThatFailsLeavesNoAnswer) {
  server_->error = DataError{0, "", "no server"};
  EXPECT_THAT(Read(kAda), StatusIs(absl::StatusCode::kUnavailable, "CUSTOM_DATA_UNAVAILABLE"));
  EXPECT_THAT(LogIn("fetch"), StatusIs(absl::StatusCode::kUnavailable, "CUSTOM_DATA_UNAVAILABLE"));
  EXPECT_THAT(server_->commands, SizeIs(2));
  EXPECT_THAT(LogIn("login"), IsOk());
}

TEST_P(CustomUserDataContract, AServiceThatIsNotThereLeavesNoAnswer) {
  Apply(8, "gone");
  EXPECT_THAT(Read(kAda, 8), StatusIs(absl::StatusCode::kFailedPrecondition, "CUSTOM_DATA_UNUSABLE"));
  EXPECT_THAT(LogIn("fetch", 8), StatusIs(absl::StatusCode::kFailedPrecondition, "CUSTOM_DATA_UNUSABLE"));
}

TEST_P(CustomUserDataContract, RefusesARequestWithoutAUserOrOfAnotherRevision) {
  EXPECT_THAT(Read(""), StatusIs(absl::StatusCode::kInvalidArgument, "USER_ID_UNSET"));
  EXPECT_THAT(Read(kAda, 8), StatusIs(absl::StatusCode::kUnavailable, "REVISION_UNKNOWN"));
  EXPECT_THAT(Read(kAda, 6), StatusIs(absl::StatusCode::kFailedPrecondition, "REVISION_GONE"));
  EXPECT_THAT(server_->commands, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Everywhere, CustomUserDataContract, Everywhere(), NameOf);

}  // namespace
}  // namespace overlock::executor
