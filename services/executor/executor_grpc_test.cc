#include "services/executor/executor_grpc.h"

#include <memory>
#include <string>
#include <utility>

#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/rpc/server_runner.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/config/app_admin_mock.h"
#include "services/executor/function_executor_mock.h"
#include "services/executor/remote_function_executor.h"

namespace overlock::executor {
namespace {

using ::testing::_;

// Over plain text; over TLS see tests/system/test_tls.py.
class ExecutorGrpcTest : public ::testing::Test {
 protected:
  ~ExecutorGrpcTest() override {
    if (server_) server_->Shutdown(absl::Now() + absl::Seconds(5));
    loops_.Stop();
  }

  void Serve(ExecutorGrpc::Trust trust) {
    grpc_ = std::make_unique<ExecutorGrpc>(impl_, tokens_, trust, loops_.Get(0));
    server_ = rpc::ServerRunner::StartInProcess({grpc_.get()});
    remote_ = std::make_unique<RemoteFunctionExecutor>(server_->InProcessChannel());
  }

  void ExpectARun() {
    auto answer = [](v1::ExecuteRequest request, Body body, CallContext) -> Task<absl::StatusOr<v1::ExecuteResponse>> {
      EXPECT_EQ(request.app().app_id(), "shop-abcde");
      EXPECT_EQ(body.view(), "the body");
      co_return v1::ExecuteResponse();
    };
    EXPECT_CALL(impl_, Execute(_, _, _)).WillOnce(answer);
  }
  void ExpectNoRun() { EXPECT_CALL(impl_, Execute(_, _, _)).Times(0); }

  // Config knows `ovl_known`.
  void ConfigKnows(config::v1::Role role, const std::string& app_id) {
    // The mock's copy of a lambda ends before a coroutine does.
    auto answer = [role, app_id](const config::v1::GetTokenInfoRequest&, const CallContext& call) {
      return TokenInfo(role, app_id, call.token == "ovl_known");
    };
    EXPECT_CALL(config_, GetTokenInfo(_, _)).WillRepeatedly(answer);
  }
  static Task<absl::StatusOr<config::v1::GetTokenInfoResponse>> TokenInfo(config::v1::Role role, std::string app_id,
                                                                          bool known) {
    if (!known) co_return absl::UnauthenticatedError("not known");
    config::v1::GetTokenInfoResponse response;
    response.mutable_token()->set_name("ci");
    response.mutable_token()->set_role(role);
    if (!app_id.empty()) response.mutable_token()->add_app_ids(app_id);
    co_return response;
  }

  absl::Status Execute(std::string token) {
    v1::ExecuteRequest request;
    request.mutable_app()->set_app_id("shop-abcde");
    CallContext call;
    call.token = std::move(token);
    return BlockOn(remote_->Execute(std::move(request), Body(std::string("the body")), std::move(call))).status();
  }

  EventLoops loops_{1};
  FunctionExecutorMock impl_;
  config::AppAdminMock config_;
  config::TokenChecker tokens_{config_};
  std::unique_ptr<ExecutorGrpc> grpc_;
  std::unique_ptr<rpc::ServerRunner> server_;
  std::unique_ptr<RemoteFunctionExecutor> remote_;
};

TEST_F(ExecutorGrpcTest, RunsWhatItIsAskedOverPlainTextAmongServices) {
  ExpectARun();
  EXPECT_CALL(config_, GetTokenInfo(_, _)).Times(0);
  Serve(ExecutorGrpc::Trust::kServices);
  EXPECT_THAT(Execute(""), IsOk());
}

TEST_F(ExecutorGrpcTest, RunsNothingForAPersonWithoutAToken) {
  ExpectNoRun();
  ConfigKnows(config::v1::ROLE_ADMIN, "");
  Serve(ExecutorGrpc::Trust::kNobody);
  EXPECT_THAT(Execute(""), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING"));
  EXPECT_THAT(Execute("ovl_other"), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(ExecutorGrpcTest, RunsNothingForATokenOfTooLittleScope) {
  ExpectNoRun();
  ConfigKnows(config::v1::ROLE_EDITOR, "other-abcde");
  Serve(ExecutorGrpc::Trust::kNobody);
  EXPECT_THAT(Execute("ovl_known"), StatusIs(absl::StatusCode::kPermissionDenied, "APP_NOT_ALLOWED"));
}

TEST_F(ExecutorGrpcTest, RunsNothingForAViewer) {
  ExpectNoRun();
  ConfigKnows(config::v1::ROLE_VIEWER, "");
  Serve(ExecutorGrpc::Trust::kNobody);
  EXPECT_THAT(Execute("ovl_known"), StatusIs(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW"));
}

TEST_F(ExecutorGrpcTest, RunsFunctionsForThoseWhoMayEditTheApplication) {
  ExpectARun();
  ConfigKnows(config::v1::ROLE_EDITOR, "shop-abcde");
  Serve(ExecutorGrpc::Trust::kNobody);
  EXPECT_THAT(Execute("ovl_known"), IsOk());
}

}  // namespace
}  // namespace overlock::executor
