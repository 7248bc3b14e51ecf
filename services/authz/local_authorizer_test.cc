#include "services/authz/local_authorizer.h"

#include <string>
#include <utility>
#include <vector>

#include "common/async/block_on.h"
#include "common/testing/fake_clock.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/config/app_admin_mock.h"
#include "services/executor/function_executor_mock.h"

namespace overlock::authz {
namespace {

using executor::FunctionExecutorMock;
using executor::v1::ExecuteRequest;
using executor::v1::ExecuteResponse;
using executor::v1::Failure;
using ::testing::_;
using ::testing::HasSubstr;

Task<absl::StatusOr<ExecuteResponse>> Return(absl::StatusOr<ExecuteResponse> response) { co_return response; }

ExecuteResponse Returned(const std::string& ejson) {
  ExecuteResponse response;
  response.mutable_returned()->set_value_ejson(ejson);
  return response;
}

constexpr char kTwoCalls[] = R"({"%and":[{"%function":{"name":"a"}},{"%function":{"name":"b"}}]})";

class LocalAuthorizerTest : public ::testing::Test {
 protected:
  void SetUp() override { EXPECT_CALL(executor_, Execute(_, _, _)).Times(0); }

  // One webhook `s/w` with this expression.
  void Configure(const std::string& can_evaluate, const std::string& value = "") {
    config::v1::WatchResponse batch;
    batch.set_revision(++revision_);
    batch.set_snapshot(true);
    config::v1::AppView* view = batch.add_apps();
    view->mutable_app()->set_app_id("app-abcde");
    view->mutable_app()->set_revision(revision_);
    auto* webhook = view->mutable_authz()->add_webhooks();
    webhook->mutable_name()->set_service("s");
    webhook->mutable_name()->set_webhook("w");
    webhook->set_can_evaluate_json(can_evaluate);
    if (!value.empty()) (*view->mutable_authz()->mutable_values_json())["v"] = value;
    authorizer_.Apply(batch);
  }
  v1::AuthorizeRequest Request() const {
    v1::AuthorizeRequest request;
    request.mutable_app()->set_app_id("app-abcde");
    request.mutable_app()->set_revision(revision_);
    request.mutable_webhook()->set_service("s");
    request.mutable_webhook()->set_webhook("w");
    request.mutable_request()->set_method("POST");
    request.mutable_user()->set_id("5e7f9a1b2c3d4e5f60718293");
    request.mutable_user()->set_type(type::v1::User::TYPE_NORMAL);
    return request;
  }
  absl::StatusOr<bool> Ask() { return Ask(Request()); }
  absl::StatusOr<bool> Ask(v1::AuthorizeRequest request) {
    CallContext call;
    call.request_id = "0123456789abcdef01234567";
    OVERLOCK_ASSIGN_OR_RETURN(auto response, BlockOn(authorizer_.Authorize(std::move(request), std::move(call))));
    return response.allowed();
  }

  int64_t revision_ = 0;
  FunctionExecutorMock executor_;
  Metrics metrics_;
  FakeClock clock_;
  ::testing::NiceMock<config::AppAdminMock> config_;
  config::TokenChecker tokens_{config_};
  LocalAuthorizer authorizer_{executor_, tokens_, metrics_, clock_};
};

TEST_F(LocalAuthorizerTest, CallsAFunctionAsTheUserWithTheRequest) {
  Configure(R"({"%%true":{"%function":{"name":"isWeekday","arguments":["%%request.httpMethod",5]}}})");
  ExecuteRequest seen;
  EXPECT_CALL(executor_, Execute(_, _, _)).WillOnce([&seen](ExecuteRequest request, Body body, CallContext call) {
    seen = std::move(request);
    EXPECT_TRUE(body.empty());
    EXPECT_EQ(call.request_id, "0123456789abcdef01234567");
    return Return(Returned("true"));
  });
  EXPECT_THAT(Ask(), IsOkAndHolds(true));
  EXPECT_EQ(seen.app().app_id(), "app-abcde");
  EXPECT_EQ(seen.app().revision(), 1);
  EXPECT_EQ(seen.function(), "isWeekday");
  ASSERT_EQ(seen.arguments_ejson_size(), 2);
  EXPECT_EQ(seen.arguments_ejson(0), "\"POST\"");
  EXPECT_EQ(seen.arguments_ejson(1), R"({"$numberInt":"5"})");
  EXPECT_EQ(seen.user().id(), "5e7f9a1b2c3d4e5f60718293");
  EXPECT_EQ(seen.request().method(), "POST");
}

TEST_F(LocalAuthorizerTest, CallsFunctionsOneAfterTheOther) {
  Configure(kTwoCalls);
  std::vector<std::string> calls;
  EXPECT_CALL(executor_, Execute(_, _, _)).Times(2).WillRepeatedly([&calls](ExecuteRequest request, Body, CallContext) {
    calls.push_back(request.function());
    return Return(Returned("true"));
  });
  EXPECT_THAT(Ask(), IsOkAndHolds(true));
  EXPECT_THAT(calls, ::testing::ElementsAre("a", "b"));
}

TEST_F(LocalAuthorizerTest, StopsCallingOnceTheAnswerIsCertain) {
  Configure(kTwoCalls);
  EXPECT_CALL(executor_, Execute(_, _, _)).WillOnce([](ExecuteRequest, Body, CallContext) {
    return Return(Returned("false"));
  });
  EXPECT_THAT(Ask(), IsOkAndHolds(false));
}

TEST_F(LocalAuthorizerTest, DeniesWhenAFunctionReturnsNothingOrNonsense) {
  Configure(R"({"%%true":{"%function":{"name":"f"}}})");
  for (const char* returned : {"", "null", "{\"$numberInt\":\"1\"}", "\"true\"", "{not json"}) {
    EXPECT_CALL(executor_, Execute(_, _, _)).WillOnce([returned](ExecuteRequest, Body, CallContext) {
      return Return(Returned(returned));
    });
    EXPECT_THAT(Ask(), IsOkAndHolds(false)) << returned;
  }
}

TEST_F(LocalAuthorizerTest, DeniesWhateverAFunctionDoesWrong) {
  Configure(R"({"%not":{"%function":{"name":"f"}}})");
  for (int kind = Failure::KIND_THREW; kind <= Failure::KIND_WORKER_LOST; ++kind) {
    EXPECT_CALL(executor_, Execute(_, _, _)).WillOnce([kind](ExecuteRequest, Body, CallContext) {
      ExecuteResponse response;
      response.mutable_failure()->set_kind(static_cast<Failure::Kind>(kind));
      return Return(response);
    });
    EXPECT_THAT(Ask(), IsOkAndHolds(false)) << Failure::Kind_Name(kind);
  }
}

TEST_F(LocalAuthorizerTest, DeniesWhenThereIsNoSuchFunction) {
  Configure(R"({"%not":{"%function":{"name":"f"}}})");
  EXPECT_CALL(executor_, Execute(_, _, _)).WillOnce([](ExecuteRequest, Body, CallContext) {
    return Return(Error(absl::StatusCode::kNotFound, "TARGET_NOT_FOUND", "function: f"));
  });
  EXPECT_THAT(Ask(), IsOkAndHolds(false));
}

TEST_F(LocalAuthorizerTest, HasNoAnswerWhenTheExecutorHasNone) {
  Configure(kTwoCalls);
  for (auto [code, reason] : {std::pair(absl::StatusCode::kUnavailable, "EXECUTOR_FULL"),
                              std::pair(absl::StatusCode::kResourceExhausted, "APP_OVER_SHARE"),
                              std::pair(absl::StatusCode::kUnavailable, "REVISION_UNKNOWN"),
                              std::pair(absl::StatusCode::kFailedPrecondition, "REVISION_GONE")}) {
    absl::Status status = Error(code, reason, "x");
    EXPECT_CALL(executor_, Execute(_, _, _)).WillOnce([status](ExecuteRequest, Body, CallContext) {
      return Return(status);
    });
    EXPECT_THAT(Ask(), StatusIs(code, reason));
  }
}

TEST_F(LocalAuthorizerTest, DoesNotLetACallerStartOverAfterAFunctionHasRun) {
  Configure(kTwoCalls);
  for (const char* reason : {"REVISION_UNKNOWN", "REVISION_GONE"}) {
    EXPECT_CALL(executor_, Execute(_, _, _))
        .WillOnce([](ExecuteRequest, Body, CallContext) { return Return(Returned("true")); })
        .WillOnce([reason](ExecuteRequest, Body, CallContext) {
          return Return(Error(absl::StatusCode::kFailedPrecondition, reason, "x"));
        });
    EXPECT_THAT(Ask(), StatusIs(absl::StatusCode::kUnavailable, "REVISION_LOST"));
  }
}

TEST_F(LocalAuthorizerTest, DeniesWhenTheExpressionDoesNotParse) {
  for (const char* expression : {"", "{", "{\"owner\":1}", "{\"%%true\":{\"%near\":1}}", "5"}) {
    Configure(expression);
    EXPECT_THAT(Ask(), IsOkAndHolds(false)) << expression;
  }
}

TEST_F(LocalAuthorizerTest, DeniesWhenTheUsersDataCannotBeRead) {
  Configure(R"({"%%user.data.banned":{"%exists":false}})");
  EXPECT_THAT(Ask(), IsOkAndHolds(true));
  v1::AuthorizeRequest request = Request();
  request.mutable_user()->set_data_json("{");
  EXPECT_THAT(Ask(request), IsOkAndHolds(false));
}

TEST_F(LocalAuthorizerTest, TreatsAValueThatDoesNotParseAsMissing) {
  Configure(R"({"%%values.v":{"%exists":true}})", "{");
  EXPECT_THAT(Ask(), IsOkAndHolds(false));
}

TEST_F(LocalAuthorizerTest, DoesNotCountExplanations) {
  Configure(R"({"%%request.httpMethod":"GET"})");
  const v1::AuthorizeRequest request = Request();
  v1::ExplainRequest explain;
  *explain.mutable_app() = request.app();
  *explain.mutable_webhook() = request.webhook();
  *explain.mutable_request() = request.request();
  // From within the process, where nobody shows a token.
  auto explained = BlockOn(authorizer_.Explain(std::move(explain), CallContext()));
  ASSERT_THAT(explained, IsOk());
  EXPECT_FALSE(explained->allowed());
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("overlock_authz_decisions_total{decision=\"denied\"} 0"));
}

TEST_F(LocalAuthorizerTest, CountsDecisions) {
  Configure(R"({"%%request.httpMethod":"POST"})");
  EXPECT_THAT(Ask(), IsOkAndHolds(true));
  EXPECT_THAT(Ask(), IsOkAndHolds(true));
  v1::AuthorizeRequest request = Request();
  request.mutable_request()->set_method("GET");
  EXPECT_THAT(Ask(request), IsOkAndHolds(false));
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("overlock_authz_decisions_total{decision=\"allowed\"} 2"));
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("overlock_authz_decisions_total{decision=\"denied\"} 1"));
}

}  // namespace
}  // namespace overlock::authz
