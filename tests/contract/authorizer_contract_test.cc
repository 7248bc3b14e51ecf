// What every Authorizer does, in process and over gRPC.
#include <memory>
#include <string>
#include <utility>

#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/rpc/server_runner.h"
#include "common/telemetry/metrics.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/authz/authz_grpc.h"
#include "services/authz/local_authorizer.h"
#include "services/authz/remote_authorizer.h"
#include "services/executor/function_executor_mock.h"

namespace overlock::authz {
namespace {

using executor::v1::ExecuteRequest;
using executor::v1::ExecuteResponse;
using executor::v1::Failure;
using ::testing::_;

Task<absl::StatusOr<ExecuteResponse>> Return(absl::StatusOr<ExecuteResponse> response) { co_return response; }

enum class Where { kInProcess, kOverGrpc };

class AuthorizerContract : public ::testing::TestWithParam<Where> {
 protected:
  AuthorizerContract() {
    config::v1::WatchResponse batch;
    batch.set_revision(7);
    batch.set_snapshot(true);
    config::v1::AppView* view = batch.add_apps();
    view->mutable_app()->set_app_id("app-abcde");
    view->mutable_app()->set_revision(7);
    (*view->mutable_authz()->mutable_values_json())["secret"] = "\"sesame\"";
    Add(*view, "denyList", R"({"%%request.remoteIPAddress":{"%nin":["10.0.0.1"]}})");
    Add(*view, "header", R"({"%%request.requestHeaders.x-secret":"%%values.secret"})");
    Add(*view, "user", R"({"%%user.data.roles":"admin","%%user.type":"normal"})");
    Add(*view, "query", R"({"%%request.rawQueryString":"caf\u00e9"})");
    Add(*view, "names", R"({"%%request.service":"s","%%request.action":"names"})");
    Add(*view, "function", R"({"%%true":{"%function":{"name":"f","arguments":["%%user.id"]}}})");
    Add(*view, "broken", R"({"owner":1})");
    AddEndpoint(*view, "/header", "GET", R"({"%%request.requestHeaders.x-secret":"%%values.secret"})");
    AddEndpoint(*view, "/header", "*", R"({"%%request.webhookUrl":"/header","%%request.service":""})");
    AddEndpoint(*view, "/function", "POST", R"({"%%true":{"%function":{"name":"f","arguments":["%%user.id"]}}})");
    AddEndpoint(*view, "/broken", "POST", R"({"owner":1})");
    local_.Apply(batch);
    if (GetParam() == Where::kOverGrpc) {
      server_ = rpc::ServerRunner::StartInProcess({&grpc_});
      remote_ = std::make_unique<RemoteAuthorizer>(server_->InProcessChannel());
    }
  }
  ~AuthorizerContract() override {
    remote_.reset();
    if (server_) server_->Shutdown(absl::Now() + absl::Seconds(5));
  }

  static void Add(config::v1::AppView& view, const std::string& name, const std::string& can_evaluate) {
    auto* webhook = view.mutable_authz()->add_webhooks();
    webhook->mutable_name()->set_service("s");
    webhook->mutable_name()->set_webhook(name);
    webhook->set_can_evaluate_json(can_evaluate);
  }
  static void AddEndpoint(config::v1::AppView& view, const std::string& route, const std::string& method,
                          const std::string& can_evaluate) {
    auto* endpoint = view.mutable_authz()->add_endpoints();
    endpoint->mutable_name()->set_route(route);
    endpoint->mutable_name()->set_method(method);
    endpoint->set_can_evaluate_json(can_evaluate);
  }
  static v1::AuthorizeRequest RequestForEndpoint(const std::string& route, const std::string& method) {
    v1::AuthorizeRequest request = RequestFor("");
    request.clear_webhook();
    request.mutable_endpoint()->set_route(route);
    request.mutable_endpoint()->set_method(method);
    request.mutable_request()->set_webhook_url(route);
    return request;
  }
  static v1::AuthorizeRequest RequestFor(const std::string& webhook) {
    v1::AuthorizeRequest request;
    request.mutable_app()->set_app_id("app-abcde");
    request.mutable_app()->set_revision(7);
    request.mutable_webhook()->set_service("s");
    request.mutable_webhook()->set_webhook(webhook);
    request.mutable_request()->set_method("POST");
    request.mutable_request()->set_remote_ip_address("10.0.0.2");
    request.mutable_user()->set_id("5e7f9a1b2c3d4e5f60718293");
    request.mutable_user()->set_type(type::v1::User::TYPE_NORMAL);
    return request;
  }
  absl::StatusOr<bool> Ask(v1::AuthorizeRequest request, CallContext call = CallContext()) {
    Authorizer& authorizer = remote_ ? static_cast<Authorizer&>(*remote_) : local_;
    auto response = BlockOn(authorizer.Authorize(std::move(request), std::move(call)));
    if (!response.ok()) return response.status();
    return response->allowed();
  }
  void FunctionAnswers(absl::StatusOr<ExecuteResponse> response) {
    EXPECT_CALL(executor_, Execute(_, _, _)).WillOnce([response](ExecuteRequest request, Body, CallContext) {
      EXPECT_EQ(request.function(), "f");
      EXPECT_EQ(request.arguments_ejson(0), "\"5e7f9a1b2c3d4e5f60718293\"");
      return Return(response);
    });
  }

  executor::FunctionExecutorMock executor_;
  Metrics metrics_;
  EventLoops loops_{1};
  LocalAuthorizer local_{executor_, metrics_};
  AuthzGrpc grpc_{local_, loops_};
  std::unique_ptr<rpc::ServerRunner> server_;
  std::unique_ptr<RemoteAuthorizer> remote_;
};

TEST_P(AuthorizerContract, JudgesTheSendersAddress) {
  auto request = RequestFor("denyList");
  EXPECT_THAT(Ask(request), IsOkAndHolds(true));
  request.mutable_request()->set_remote_ip_address("10.0.0.1");
  EXPECT_THAT(Ask(request), IsOkAndHolds(false));
}

TEST_P(AuthorizerContract, JudgesAnEndpointByItsOwnExpression) {
  auto request = RequestForEndpoint("/header", "GET");
  EXPECT_THAT(Ask(request), IsOkAndHolds(false));
  auto* header = request.mutable_request()->add_headers();
  header->set_name("X-Secret");
  header->set_value("sesame");
  EXPECT_THAT(Ask(request), IsOkAndHolds(true));
  EXPECT_THAT(Ask(RequestForEndpoint("/header", "*")), IsOkAndHolds(true));
  FunctionAnswers([] {
    ExecuteResponse response;
    response.mutable_returned()->set_value_ejson("true");
    return response;
  }());
  EXPECT_THAT(Ask(RequestForEndpoint("/function", "POST")), IsOkAndHolds(true));
  EXPECT_THAT(Ask(RequestForEndpoint("/broken", "POST")), IsOkAndHolds(false));
}

TEST_P(AuthorizerContract, SaysThatAnEndpointIsNotInTheRevision) {
  EXPECT_THAT(Ask(RequestForEndpoint("/header", "POST")), StatusIs(absl::StatusCode::kNotFound, "ENDPOINT_NOT_FOUND"));
  EXPECT_THAT(Ask(RequestForEndpoint("/other", "GET")), StatusIs(absl::StatusCode::kNotFound, "ENDPOINT_NOT_FOUND"));
}

TEST_P(AuthorizerContract, JudgesAHeaderInAnyCase) {
  auto request = RequestFor("header");
  EXPECT_THAT(Ask(request), IsOkAndHolds(false));
  auto* header = request.mutable_request()->add_headers();
  header->set_name("X-Secret");
  header->set_value("sesame");
  EXPECT_THAT(Ask(request), IsOkAndHolds(true));
  header->set_value("sesamE");
  EXPECT_THAT(Ask(request), IsOkAndHolds(false));
}

TEST_P(AuthorizerContract, JudgesBytesThatAreNotUtf8) {
  auto request = RequestFor("query");
  request.mutable_request()->set_raw_query_string("caf\xe9");
  EXPECT_THAT(Ask(request), IsOkAndHolds(true));
}

TEST_P(AuthorizerContract, JudgesTheUser) {
  auto request = RequestFor("user");
  EXPECT_THAT(Ask(request), IsOkAndHolds(false));
  request.mutable_user()->set_data_json(R"({"roles":["dev","admin"]})");
  EXPECT_THAT(Ask(request), IsOkAndHolds(true));
  request.mutable_user()->set_type(type::v1::User::TYPE_SERVER);
  EXPECT_THAT(Ask(request), IsOkAndHolds(false));
}

TEST_P(AuthorizerContract, NamesServiceAndWebhook) { EXPECT_THAT(Ask(RequestFor("names")), IsOkAndHolds(true)); }

TEST_P(AuthorizerContract, AllowsWhatAFunctionAllows) {
  ExecuteResponse response;
  response.mutable_returned()->set_value_ejson("true");
  FunctionAnswers(response);
  EXPECT_THAT(Ask(RequestFor("function")), IsOkAndHolds(true));
}

TEST_P(AuthorizerContract, DeniesWhenAFunctionThrows) {
  ExecuteResponse response;
  response.mutable_failure()->set_kind(Failure::KIND_THREW);
  FunctionAnswers(response);
  EXPECT_THAT(Ask(RequestFor("function")), IsOkAndHolds(false));
}

TEST_P(AuthorizerContract, SaysThatTheExecutorIsFull) {
  FunctionAnswers(Error(absl::StatusCode::kUnavailable, "EXECUTOR_FULL", "the executor is full"));
  EXPECT_THAT(Ask(RequestFor("function")), StatusIs(absl::StatusCode::kUnavailable, "EXECUTOR_FULL"));
}

TEST_P(AuthorizerContract, CarriesTheDeadlineToTheFunction) {
  CallContext call;
  call.deadline = absl::Now() + absl::Seconds(30);
  absl::Time seen = absl::InfiniteFuture();
  EXPECT_CALL(executor_, Execute(_, _, _)).WillOnce([&seen](ExecuteRequest, Body, CallContext at_executor) {
    seen = at_executor.deadline;
    return Return(ExecuteResponse());
  });
  EXPECT_THAT(Ask(RequestFor("function"), call), IsOkAndHolds(false));
  EXPECT_LT(seen, call.deadline + absl::Seconds(1));
}

TEST_P(AuthorizerContract, DeniesWhenTheExpressionDoesNotParse) {
  EXPECT_THAT(Ask(RequestFor("broken")), IsOkAndHolds(false));
}

TEST_P(AuthorizerContract, SaysThatAWebhookIsNotInTheRevision) {
  EXPECT_THAT(Ask(RequestFor("nothing")), StatusIs(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND"));
  auto request = RequestFor("denyList");
  request.mutable_webhook()->set_service("other");
  EXPECT_THAT(Ask(request), StatusIs(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND"));
}

TEST_P(AuthorizerContract, SaysThatARevisionIsNotKnownYet) {
  auto request = RequestFor("denyList");
  request.mutable_app()->set_revision(8);
  EXPECT_THAT(Ask(request), StatusIs(absl::StatusCode::kUnavailable, "REVISION_UNKNOWN"));
}

TEST_P(AuthorizerContract, SaysThatARevisionIsNoLongerKept) {
  auto request = RequestFor("denyList");
  request.mutable_app()->set_revision(6);
  EXPECT_THAT(Ask(request), StatusIs(absl::StatusCode::kFailedPrecondition, "REVISION_GONE"));
}

std::string NameOf(const ::testing::TestParamInfo<Where>& info) {
  return info.param == Where::kInProcess ? "InProcess" : "OverGrpc";
}
INSTANTIATE_TEST_SUITE_P(Everywhere, AuthorizerContract, ::testing::Values(Where::kInProcess, Where::kOverGrpc),
                         NameOf);

}  // namespace
}  // namespace overlock::authz
