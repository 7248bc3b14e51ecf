// What every Authorizer does, in process and over gRPC.
#include <memory>
#include <string>
#include <utility>

#include "common/async/event_loops.h"
#include "common/telemetry/metrics.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/authz/authz_grpc.h"
#include "services/authz/local_authorizer.h"
#include "services/authz/remote_authorizer.h"
#include "services/config/app_admin_mock.h"
#include "services/config/token_check.h"
#include "services/executor/function_executor_mock.h"
#include "tests/contract/where.h"

namespace overlock::authz {
namespace {

using executor::v1::ExecuteRequest;
using executor::v1::ExecuteResponse;
using executor::v1::Failure;
using ::testing::_;
using ::testing::HasSubstr;
using ::testing::Not;

Task<absl::StatusOr<ExecuteResponse>> Return(absl::StatusOr<ExecuteResponse> response) { co_return response; }

constexpr char kViewer[] = "ovl_viewer";
constexpr char kEditor[] = "ovl_editor";
constexpr char kElsewhere[] = "ovl_elsewhere";

// What config says of a token.
Task<absl::StatusOr<config::v1::GetTokenInfoResponse>> TokenInfo(std::string token) {
  config::v1::GetTokenInfoResponse info;
  info.mutable_token()->set_name(token);
  info.mutable_token()->set_role(token == kViewer ? config::v1::ROLE_VIEWER : config::v1::ROLE_EDITOR);
  if (token == kElsewhere) info.mutable_token()->add_app_ids("other-abcde");
  if (token == "ovl_unknown") co_return Error(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "not known");
  co_return info;
}

class AuthorizerContract : public ContractTest {
 protected:
  AuthorizerContract() {
    config::v1::WatchResponse batch;
    batch.set_revision(7);
    batch.set_snapshot(true);
    config::v1::AppView* view = batch.add_apps();
    view->mutable_app()->set_app_id("app-abcde");
    view->mutable_app()->set_revision(7);
    (*view->mutable_authz()->mutable_values_json())["secret"] = "\"sesame\"";
    view->mutable_authz()->add_private_values("secret");
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
    ON_CALL(config_, GetTokenInfo(_, _)).WillByDefault([](config::v1::GetTokenInfoRequest, CallContext call) {
      return TokenInfo(call.token);
    });
    if (GetParam() != Where::kInProcess) {
      over_.emplace(GetParam(), grpc_, "/overlock.authz.v1.AuthzService/Authorize");
      remote_ = std::make_unique<RemoteAuthorizer>(over_->connection());
    }
  }
  ~AuthorizerContract() override {
    remote_.reset();
    over_.reset();
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
    auto response = Await(authorizer.Authorize(std::move(request), std::move(call)));
    if (!response.ok()) return response.status();
    return response->allowed();
  }
  // In process, as what another process sent.
  static CallContext As(const std::string& token) {
    CallContext call;
    auto caller = std::make_shared<Caller>();
    caller->token = token;
    if (GetParam() == Where::kInProcess) {
      call.caller = std::move(caller);
    } else {
      call.token = token;
    }
    return call;
  }
  static v1::ExplainRequest ExplainFor(const std::string& webhook) {
    const v1::AuthorizeRequest from = RequestFor(webhook);
    v1::ExplainRequest request;
    *request.mutable_app() = from.app();
    *request.mutable_webhook() = from.webhook();
    *request.mutable_request() = from.request();
    *request.mutable_user() = from.user();
    return request;
  }
  absl::StatusOr<v1::ExplainResponse> Explain(v1::ExplainRequest request, const std::string& token = kViewer) {
    Authorizer& authorizer = remote_ ? static_cast<Authorizer&>(*remote_) : local_;
    return Await(authorizer.Explain(std::move(request), As(token)));
  }
  void FunctionAnswers(absl::StatusOr<ExecuteResponse> response) {
    EXPECT_CALL(executor_, Execute(_, _, _)).WillOnce([response](ExecuteRequest request, Body, CallContext) {
      EXPECT_EQ(request.function(), "f");
      EXPECT_EQ(request.arguments_ejson(0), "\"5e7f9a1b2c3d4e5f60718293\"");
      return Return(response);
    });
  }

  executor::FunctionExecutorMock executor_;
  ::testing::NiceMock<config::AppAdminMock> config_;
  config::TokenChecker tokens_{config_};
  Metrics metrics_;
  EventLoops loops_{1};
  LocalAuthorizer local_{executor_, tokens_, metrics_};
  AuthzGrpc grpc_{local_, loops_};
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

TEST_P(AuthorizerContract, ExplainsWhichClauseDenies) {
  auto request = ExplainFor("user");
  request.mutable_user()->set_data_json(R"({"roles":["dev","admin"]})");
  request.mutable_user()->set_type(type::v1::User::TYPE_SERVER);
  absl::StatusOr<v1::ExplainResponse> explained = Explain(request);
  ASSERT_THAT(explained, IsOk());
  EXPECT_FALSE(explained->allowed());
  ASSERT_EQ(explained->expression().clauses_size(), 2);
  const v1::Clause& roles = explained->expression().clauses(0);
  EXPECT_EQ(roles.result(), v1::Clause::RESULT_TRUE);
  EXPECT_EQ(roles.field().value_ejson(), R"(["dev","admin"])");
  const v1::Clause& type = explained->expression().clauses(1);
  EXPECT_EQ(type.path(), "expression.%%user.type");
  EXPECT_EQ(type.operator_(), "eq");
  EXPECT_EQ(type.field().text(), "%%user.type");
  EXPECT_EQ(type.field().value_ejson(), R"("server")");
  EXPECT_EQ(type.value().value_ejson(), R"("normal")");
  EXPECT_EQ(type.result(), v1::Clause::RESULT_FALSE);
  EXPECT_TRUE(type.decisive());
}

TEST_P(AuthorizerContract, ExplainsAnEndpoint) {
  v1::ExplainRequest request = ExplainFor("");
  request.clear_webhook();
  request.mutable_endpoint()->set_route("/header");
  request.mutable_endpoint()->set_method("*");
  request.mutable_request()->set_webhook_url("/header");
  absl::StatusOr<v1::ExplainResponse> explained = Explain(request);
  ASSERT_THAT(explained, IsOk());
  EXPECT_TRUE(explained->allowed());
  EXPECT_EQ(explained->expression().result(), v1::Clause::RESULT_TRUE);
}

TEST_P(AuthorizerContract, ExplainsWithoutShowingSecrets) {
  auto request = ExplainFor("header");
  auto* header = request.mutable_request()->add_headers();
  header->set_name("X-Secret");
  header->set_value("sesame");
  absl::StatusOr<v1::ExplainResponse> explained = Explain(request);
  ASSERT_THAT(explained, IsOk());
  EXPECT_TRUE(explained->allowed());
  EXPECT_TRUE(explained->expression().value().masked());
  EXPECT_EQ(explained->expression().value().value_ejson(), "");
  EXPECT_TRUE(explained->expression().field().masked());
  EXPECT_THAT(explained->ShortDebugString(), Not(HasSubstr("sesame")));
}

TEST_P(AuthorizerContract, ExplainsAnotherExpressionThanTheDeployedOne) {
  auto request = ExplainFor("denyList");
  request.set_can_evaluate_json(R"({"%%request.httpMethod":"GET"})");
  absl::StatusOr<v1::ExplainResponse> explained = Explain(request, kEditor);
  ASSERT_THAT(explained, IsOk());
  EXPECT_FALSE(explained->allowed());
  request.set_can_evaluate_json(R"({"%%request.method":"GET"})");
  EXPECT_THAT(Explain(request, kEditor), StatusIs(absl::StatusCode::kInvalidArgument, "EXPRESSION_INVALID"));
}

TEST_P(AuthorizerContract, ExplainsWhatAFunctionDid) {
  ExecuteResponse response;
  response.mutable_failure()->set_kind(Failure::KIND_THREW);
  FunctionAnswers(response);
  absl::StatusOr<v1::ExplainResponse> explained = Explain(ExplainFor("function"), kEditor);
  ASSERT_THAT(explained, IsOk());
  EXPECT_FALSE(explained->allowed());
  EXPECT_EQ(explained->expression().result(), v1::Clause::RESULT_FAILED);
  EXPECT_EQ(explained->expression().failure(), "function f: KIND_THREW");
}

TEST_P(AuthorizerContract, ExplainsToWhomItMay) {
  EXPECT_THAT(Explain(ExplainFor("denyList"), ""), StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING"));
  EXPECT_THAT(Explain(ExplainFor("denyList"), "ovl_unknown"),
              StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
  EXPECT_THAT(Explain(ExplainFor("denyList"), kElsewhere),
              StatusIs(absl::StatusCode::kPermissionDenied, "APP_NOT_ALLOWED"));
  // Who may only look runs no function, and asks nothing else than what is deployed.
  EXPECT_THAT(Explain(ExplainFor("function")), StatusIs(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW"));
  auto request = ExplainFor("denyList");
  request.set_can_evaluate_json(R"({"%%values.secret":{"%gt":"s"}})");
  EXPECT_THAT(Explain(request), StatusIs(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW"));
}

TEST_P(AuthorizerContract, SaysWhyItCannotExplain) {
  EXPECT_THAT(Explain(ExplainFor("nothing")), StatusIs(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND"));
  EXPECT_THAT(Explain(ExplainFor("broken")), StatusIs(absl::StatusCode::kInvalidArgument, "EXPRESSION_INVALID"));
  auto request = ExplainFor("user");
  request.mutable_user()->set_data_json("{");
  EXPECT_THAT(Explain(request), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_USER"));
  request.mutable_app()->set_revision(6);
  EXPECT_THAT(Explain(request), StatusIs(absl::StatusCode::kFailedPrecondition, "REVISION_GONE"));
}

INSTANTIATE_TEST_SUITE_P(Everywhere, AuthorizerContract, Everywhere(), NameOf);

}  // namespace
}  // namespace overlock::authz
