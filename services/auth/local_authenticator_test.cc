#include "services/auth/local_authenticator.h"

#include <string>
#include <utility>

#include "common/async/block_on.h"
#include "common/testing/fake_clock.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/auth/empty_user_store.h"
#include "services/executor/function_executor_mock.h"

namespace overlock::auth {
namespace {

using Response = v1::AuthenticateResponse;
using executor::FunctionExecutorMock;
using executor::v1::ExecuteRequest;
using executor::v1::ExecuteResponse;
using ::testing::_;
using ::testing::HasSubstr;
using ::testing::Not;

Task<absl::StatusOr<ExecuteResponse>> Return(absl::StatusOr<ExecuteResponse> response) { co_return response; }

class LocalAuthenticatorTest : public ::testing::Test {
 protected:
  LocalAuthenticatorTest() {
    config::v1::WatchResponse batch;
    batch.set_revision(1);
    batch.set_snapshot(true);
    config::v1::AppView* view = batch.add_apps();
    view->mutable_app()->set_app_id("app-abcde");
    view->mutable_app()->set_revision(1);
    Add(*view, "script")->set_script(true);
    Add(*view, "fixed")->set_user_id("5e7a1c0f9d3b2a4c6e8f0a98");
    Add(*view, "login")->mutable_authed_user();
    Add(*view, "fetch")->mutable_authed_user()->set_fetch_custom_user_data(true);
    view->mutable_auth()->mutable_custom_user_data()->set_enabled(true);
    Add(*view, "newer");
    AddEndpoint(*view, "/script")->set_script(true);
    AddEndpoint(*view, "/login")->mutable_authed_user();
    AddEndpoint(*view, "/newer");
    authenticator_.Apply(batch);
  }
  static config::v1::AuthView::Webhook* Add(config::v1::AppView& view, const std::string& name) {
    auto* webhook = view.mutable_auth()->add_webhooks();
    webhook->mutable_name()->set_service("s");
    webhook->mutable_name()->set_webhook(name);
    return webhook;
  }
  static config::v1::AuthView::Endpoint* AddEndpoint(config::v1::AppView& view, const std::string& route) {
    auto* endpoint = view.mutable_auth()->add_endpoints();
    endpoint->mutable_name()->set_route(route);
    endpoint->mutable_name()->set_method("POST");
    return endpoint;
  }
  static v1::AuthenticateRequest Request() {
    v1::AuthenticateRequest request;
    request.mutable_app()->set_app_id("app-abcde");
    request.mutable_app()->set_revision(1);
    request.mutable_request()->set_raw_query_string("a=1");
    return request;
  }
  absl::StatusOr<Response> Ask(const std::string& webhook, const std::string& body = "") {
    v1::AuthenticateRequest request = Request();
    request.mutable_webhook()->set_service("s");
    request.mutable_webhook()->set_webhook(webhook);
    return Ask(std::move(request), body);
  }
  absl::StatusOr<Response> AskForEndpoint(const std::string& route) {
    v1::AuthenticateRequest request = Request();
    request.mutable_endpoint()->set_route(route);
    request.mutable_endpoint()->set_method("POST");
    return Ask(std::move(request), "");
  }
  absl::StatusOr<Response> Ask(v1::AuthenticateRequest request, const std::string& body) {
    CallContext call;
    call.request_id = "0123456789abcdef01234567";
    return BlockOn(authenticator_.Authenticate(std::move(request), Body(body), std::move(call)));
  }

  FunctionExecutorMock executor_;
  EmptyUserStore users_;
  Metrics metrics_;
  FakeClock clock_;
  LocalAuthenticator authenticator_{executor_, users_, metrics_, clock_};
};

TEST_F(LocalAuthenticatorTest, RunsTheScriptOnceAsTheSystemUserWithRequestAndBody) {
  ExecuteRequest seen;
  std::string seen_body;
  EXPECT_CALL(executor_, Execute(_, _, _)).WillOnce([&](ExecuteRequest request, Body body, CallContext call) {
    seen = request;
    seen_body = std::string(body.view());
    EXPECT_EQ(call.request_id, "0123456789abcdef01234567");
    ExecuteResponse response;
    response.mutable_returned()->set_value_ejson(R"({"runAsSystemUser":true})");
    return Return(response);
  });
  ASSERT_THAT(Ask("script", "the body"), IsOk());
  EXPECT_EQ(seen.app().app_id(), "app-abcde");
  EXPECT_EQ(seen.app().revision(), 1);
  EXPECT_EQ(seen.run_as_script().webhook(), "script");
  EXPECT_EQ(seen.user().type(), type::v1::User::TYPE_SYSTEM);
  EXPECT_EQ(seen.request().raw_query_string(), "a=1");
  EXPECT_EQ(seen_body, "the body");
}

TEST_F(LocalAuthenticatorTest, AsksNobodyForAFixedUserOrForCredentials) {
  EXPECT_CALL(executor_, Execute(_, _, _)).Times(0);
  EXPECT_CALL(executor_, ReadCustomUserData(_, _)).Times(0);
  EXPECT_EQ(Ask("fetch", R"({"api-key":"a key"})")->refusal().reason(), Response::REASON_CREDENTIALS_INVALID);
  EXPECT_EQ(Ask("fixed")->refusal().reason(), Response::REASON_USER_NOT_FOUND);
  EXPECT_EQ(Ask("login")->refusal().reason(), Response::REASON_CREDENTIALS_MISSING);
}

TEST_F(LocalAuthenticatorTest, DoesNotKnowAWebhookWhoseModeIsNewToIt) {
  EXPECT_THAT(Ask("newer"), StatusIs(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND"));
}

TEST_F(LocalAuthenticatorTest, RunsTheScriptOfAnEndpointsFunction) {
  ExecuteRequest seen;
  EXPECT_CALL(executor_, Execute(_, _, _)).WillOnce([&](ExecuteRequest request, Body, CallContext) {
    seen = request;
    ExecuteResponse response;
    response.mutable_returned()->set_value_ejson(R"({"runAsSystem":true})");
    return Return(response);
  });
  auto response = AskForEndpoint("/script");
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->user().type(), type::v1::User::TYPE_SYSTEM);
  EXPECT_EQ(seen.endpoint_run_as_script().route(), "/script");
  EXPECT_EQ(seen.endpoint_run_as_script().method(), "POST");
  EXPECT_EQ(seen.user().type(), type::v1::User::TYPE_SYSTEM);
}

TEST_F(LocalAuthenticatorTest, NamesTheEndpointOfARefusalInTheLog) {
  ::testing::internal::CaptureStderr();
  auto response = AskForEndpoint("/login");
  std::string logged = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(response->refusal().reason(), Response::REASON_CREDENTIALS_MISSING);
  EXPECT_THAT(logged, HasSubstr("/login"));
}

TEST_F(LocalAuthenticatorTest, DoesNotKnowAnEndpointWhoseModeIsNewToIt) {
  EXPECT_THAT(AskForEndpoint("/newer"), StatusIs(absl::StatusCode::kNotFound, "ENDPOINT_NOT_FOUND"));
}

TEST_F(LocalAuthenticatorTest, CountsVerdicts) {
  ASSERT_THAT(Ask("fixed"), IsOk());
  ASSERT_THAT(Ask("login"), IsOk());
  ASSERT_THAT(Ask("login"), IsOk());
  std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(overlock_auth_verdicts_total{mode="user_id",verdict="user_not_found"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(overlock_auth_verdicts_total{mode="authed_user",verdict="credentials_missing"} 2)"));
}

TEST_F(LocalAuthenticatorTest, LogsTheReasonOfARefusalButNoCredential) {
  ::testing::internal::CaptureStderr();
  auto response = Ask("login", R"({"email":"ada@example.com","password":"hunter2"})");
  std::string logged = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(response->refusal().reason(), Response::REASON_CREDENTIALS_INVALID);
  EXPECT_THAT(logged, HasSubstr("credentials_invalid"));
  EXPECT_THAT(logged, HasSubstr("0123456789abcdef01234567"));
  EXPECT_THAT(logged, Not(HasSubstr("hunter2")));
  EXPECT_THAT(logged, Not(HasSubstr("ada@")));
}

}  // namespace
}  // namespace overlock::auth
