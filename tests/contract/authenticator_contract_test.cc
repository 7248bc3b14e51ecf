// What every Authenticator does, in process and over gRPC.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/async/event_loops.h"
#include "common/telemetry/metrics.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/auth/auth_grpc.h"
#include "services/auth/local_authenticator.h"
#include "services/auth/remote_authenticator.h"
#include "services/executor/function_executor_mock.h"
#include "tests/contract/where.h"

namespace overlock::auth {
namespace {

using Response = v1::AuthenticateResponse;
using executor::v1::ExecuteRequest;
using executor::v1::ExecuteResponse;
using executor::v1::Failure;
using ::testing::_;
using ::testing::HasSubstr;

constexpr char kAda[] = "5e7a1c0f9d3b2a4c6e8f0a98";
constexpr char kEve[] = "5e7a1c0f9d3b2a4c6e8f0a99";

// Knows one user, by id and by API key; their evil twin is disabled, and the key of a guesser is limited.
class OneUserStore : public UserStore {
 public:
  Task<absl::StatusOr<FoundUser>> FindById(std::string app_id, std::string user_id, CallContext) override {
    if (user_id == kEve) co_return FoundUser(Response::REASON_USER_DISABLED);
    if (app_id != "app-abcde" || user_id != kAda) co_return FoundUser(Response::REASON_USER_NOT_FOUND);
    co_return FoundUser(Ada());
  }
  Task<absl::StatusOr<FoundUser>> FindByCredentials(LoginAttempt attempt, CallContext) override {
    auto* key = std::get_if<ApiKey>(&attempt.credentials);
    create_user = attempt.create_user;
    remote_address = attempt.remote_address;
    if (key != nullptr && key->key == "guess") co_return FoundUser(Response::REASON_TOO_MANY_ATTEMPTS);
    if (key != nullptr && key->key == "eve's key") co_return FoundUser(Response::REASON_USER_DISABLED);
    if (std::holds_alternative<CustomToken>(attempt.credentials) && attempt.providers->custom_token == nullptr) {
      co_return FoundUser(Response::REASON_PROVIDER_DISABLED);
    }
    if (attempt.app_id != "app-abcde" || key == nullptr || key->key != "ada's key") {
      co_return FoundUser(Response::REASON_CREDENTIALS_INVALID);
    }
    co_return FoundUser(Ada());
  }

  // Of the last attempt.
  bool create_user = false;
  std::string remote_address;

 private:
  static type::v1::User Ada() {
    type::v1::User user;
    user.set_id(kAda);
    user.set_type(type::v1::User::TYPE_NORMAL);
    user.set_data_json(R"({"name":"Ada"})");
    return user;
  }
};

Task<absl::StatusOr<ExecuteResponse>> Return(absl::StatusOr<ExecuteResponse> response) { co_return response; }

class AuthenticatorContract : public ContractTest {
 protected:
  AuthenticatorContract() {
    config::v1::WatchResponse batch;
    batch.set_revision(7);
    batch.set_snapshot(true);
    config::v1::AppView* view = batch.add_apps();
    view->mutable_app()->set_app_id("app-abcde");
    view->mutable_app()->set_revision(7);
    Add(*view, "script")->set_script(true);
    Add(*view, "ada")->set_user_id(kAda);
    Add(*view, "nobody")->set_user_id("000000000000000000000000");
    Add(*view, "eve")->set_user_id(kEve);
    Add(*view, "login")->mutable_authed_user();
    config::v1::RunAs::AuthedUser* options = Add(*view, "options")->mutable_authed_user();
    options->set_create_user_on_auth(true);
    AddEndpoint(*view, "/script", "*")->set_script(true);
    AddEndpoint(*view, "/users", "GET")->set_user_id(kAda);
    AddEndpoint(*view, "/users", "POST")->mutable_authed_user();
    local_.Apply(batch);
    if (GetParam() != Where::kInProcess) {
      over_.emplace(GetParam(), grpc_, "/overlock.auth.v1.AuthService/Authenticate");
      remote_ = std::make_unique<RemoteAuthenticator>(over_->connection());
    }
  }
  ~AuthenticatorContract() override {
    remote_.reset();
    over_.reset();
  }

  static config::v1::AuthView::Webhook* Add(config::v1::AppView& view, const std::string& name) {
    auto* webhook = view.mutable_auth()->add_webhooks();
    webhook->mutable_name()->set_service("s");
    webhook->mutable_name()->set_webhook(name);
    return webhook;
  }
  static config::v1::AuthView::Endpoint* AddEndpoint(config::v1::AppView& view, const std::string& route,
                                                     const std::string& method) {
    auto* endpoint = view.mutable_auth()->add_endpoints();
    endpoint->mutable_name()->set_route(route);
    endpoint->mutable_name()->set_method(method);
    return endpoint;
  }
  static v1::AuthenticateRequest RequestForEndpoint(const std::string& route, const std::string& method) {
    v1::AuthenticateRequest request = RequestFor("");
    request.clear_webhook();
    request.mutable_endpoint()->set_route(route);
    request.mutable_endpoint()->set_method(method);
    return request;
  }
  static v1::AuthenticateRequest WithHeader(v1::AuthenticateRequest request, const std::string& name,
                                            const std::string& value) {
    type::v1::Header* header = request.mutable_request()->add_headers();
    header->set_name(name);
    header->set_value(value);
    return request;
  }
  static v1::AuthenticateRequest RequestFor(const std::string& webhook) {
    v1::AuthenticateRequest request;
    request.mutable_app()->set_app_id("app-abcde");
    request.mutable_app()->set_revision(7);
    request.mutable_webhook()->set_service("s");
    request.mutable_webhook()->set_webhook(webhook);
    return request;
  }
  absl::StatusOr<Response> Ask(v1::AuthenticateRequest request, const std::string& body = "") {
    Authenticator& authenticator = remote_ ? static_cast<Authenticator&>(*remote_) : local_;
    return Await(authenticator.Authenticate(std::move(request), Body(body), CallContext()));
  }
  Response Answer(v1::AuthenticateRequest request, const std::string& body = "") {
    auto response = Ask(std::move(request), body);
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *response : Response();
  }

  void ScriptAnswers(absl::StatusOr<ExecuteResponse> response) {
    EXPECT_CALL(executor_, Execute(_, _, _)).WillOnce([response](ExecuteRequest, Body, CallContext) {
      return Return(response);
    });
  }
  void ScriptReturns(const std::string& value_ejson) {
    ExecuteResponse response;
    response.mutable_returned()->set_value_ejson(value_ejson);
    ScriptAnswers(response);
  }
  void ScriptFails(Failure::Kind kind, const std::string& message) {
    ExecuteResponse response;
    response.mutable_failure()->set_kind(kind);
    response.mutable_failure()->set_message(message);
    response.mutable_failure()->set_stack("at exports (script:1:1)");
    ScriptAnswers(response);
  }

  executor::FunctionExecutorMock executor_;
  OneUserStore users_;
  Metrics metrics_;
  EventLoops loops_{1};
  LocalAuthenticator local_{executor_, users_, metrics_};
  AuthGrpc grpc_{local_, loops_};
  std::unique_ptr<RemoteAuthenticator> remote_;
};

TEST_P(AuthenticatorContract, FindsTheUserWhoseIdTheScriptReturns) {
  ScriptReturns(R"("5e7a1c0f9d3b2a4c6e8f0a98")");
  Response response = Answer(RequestFor("script"));
  EXPECT_EQ(response.user().id(), kAda);
  EXPECT_EQ(response.user().data_json(), R"({"name":"Ada"})");
}

TEST_P(AuthenticatorContract, GivesTheSystemUserToAScriptThatAsksForItInEitherSpelling) {
  for (const char* value :
       {R"({"runAsSystemUser":true})", R"({"runAsSystem":true})", R"({"note":"x","runAsSystem":true})"}) {
    ScriptReturns(value);
    Response response = Answer(RequestFor("script"));
    EXPECT_EQ(response.user().type(), type::v1::User::TYPE_SYSTEM) << value;
    EXPECT_EQ(response.user().id(), "") << value;
  }
}

TEST_P(AuthenticatorContract, RefusesAScriptThatReturnsNeitherUserNorSystem) {
  for (const char* value :
       {"", "null", "true", R"({"$numberInt":"1"})", R"("")", "[]", "{}", R"(["5e7a1c0f9d3b2a4c6e8f0a98"])",
        R"({"runAsSystemUser":false})", R"({"runAsSystemUser":"true"})", R"({"runAsSystemUser":{"$numberInt":"1"}})",
        R"({"runassystem":true})", R"({"user":{"runAsSystem":true}})"}) {
    ScriptReturns(value);
    Response response = Answer(RequestFor("script"));
    EXPECT_EQ(response.refusal().reason(), Response::REASON_SCRIPT_RETURNED_NO_USER) << value;
    EXPECT_NE(response.refusal().message(), "") << value;
  }
}

TEST_P(AuthenticatorContract, SaysThatTheScriptsUserIsUnknown) {
  ScriptReturns(R"("nobody")");
  Response response = Answer(RequestFor("script"));
  EXPECT_EQ(response.refusal().reason(), Response::REASON_USER_NOT_FOUND);
  EXPECT_EQ(response.refusal().message(), "user not found");
}

TEST_P(AuthenticatorContract, SaysHowTheScriptFailed) {
  const std::pair<Failure::Kind, Response::Reason> cases[] = {
      {Failure::KIND_THREW, Response::REASON_SCRIPT_FAILED},
      {Failure::KIND_MEMORY_LIMIT, Response::REASON_SCRIPT_FAILED},
      {Failure::KIND_PENDING_OPERATIONS_LIMIT, Response::REASON_SCRIPT_FAILED},
      {Failure::KIND_BAD_PAYLOAD, Response::REASON_SCRIPT_FAILED},
      {Failure::KIND_SYNTAX_ERROR, Response::REASON_SCRIPT_SYNTAX_ERROR},
      {Failure::KIND_RUN_TIME_LIMIT, Response::REASON_SCRIPT_TIMED_OUT},
      {Failure::KIND_CPU_TIME_LIMIT, Response::REASON_SCRIPT_TIMED_OUT},
  };
  for (const auto& [kind, reason] : cases) {
    ScriptFails(kind, "Error: no user for you");
    Response response = Answer(RequestFor("script"));
    EXPECT_EQ(response.refusal().reason(), reason) << Failure::Kind_Name(kind);
    EXPECT_EQ(response.refusal().message(), "Error: no user for you");
  }
}

TEST_P(AuthenticatorContract, HasNoAnswerWhenTheScriptsWorkerWasLost) {
  ScriptFails(Failure::KIND_WORKER_LOST, "lost");
  EXPECT_THAT(Ask(RequestFor("script")), StatusIs(absl::StatusCode::kInternal, "WORKER_LOST"));
}

TEST_P(AuthenticatorContract, HasNoAnswerWhenTheExecutorAnswersSomethingElse) {
  ExecuteResponse response;
  response.mutable_response()->set_status(200);
  ScriptAnswers(response);
  EXPECT_THAT(Ask(RequestFor("script")), StatusIs(absl::StatusCode::kInternal, "UNEXPECTED_OUTCOME"));
}

TEST_P(AuthenticatorContract, PassesTheExecutorsErrorsOn) {
  ScriptAnswers(Error(absl::StatusCode::kUnavailable, "EXECUTOR_FULL", "the executor is full"));
  EXPECT_THAT(Ask(RequestFor("script")), StatusIs(absl::StatusCode::kUnavailable, "EXECUTOR_FULL"));
  ScriptAnswers(Error(absl::StatusCode::kResourceExhausted, "APP_OVER_SHARE", "too much of one application"));
  EXPECT_THAT(Ask(RequestFor("script")), StatusIs(absl::StatusCode::kResourceExhausted, "APP_OVER_SHARE"));
}

TEST_P(AuthenticatorContract, FindsTheConfiguredUser) {
  EXPECT_EQ(Answer(RequestFor("ada")).user().id(), kAda);
  EXPECT_EQ(Answer(RequestFor("nobody")).refusal().reason(), Response::REASON_USER_NOT_FOUND);
}

TEST_P(AuthenticatorContract, FindsTheUserByCredentialsInHeadersOrBody) {
  auto request = RequestFor("login");
  EXPECT_EQ(Answer(request, R"({"api-key":"ada's key"})").user().id(), kAda);
  type::v1::Header* header = request.mutable_request()->add_headers();
  header->set_name("Api-Key");
  header->set_value("ada's key");
  EXPECT_EQ(Answer(request).user().id(), kAda);
}

TEST_P(AuthenticatorContract, RefusesCredentialsThatAreMissingIncompleteAmbiguousOrNobodys) {
  auto request = RequestFor("login");
  Response response = Answer(request);
  EXPECT_EQ(response.refusal().reason(), Response::REASON_CREDENTIALS_MISSING);
  EXPECT_EQ(response.refusal().message(), "no authentication methods were specified");
  response = Answer(request, R"({"email":"ada@example.com"})");
  EXPECT_EQ(response.refusal().reason(), Response::REASON_CREDENTIALS_INCOMPLETE);
  EXPECT_THAT(response.refusal().message(), HasSubstr("must specify some form of authentication"));
  response = Answer(request, R"({"api-key":"another"})");
  EXPECT_EQ(response.refusal().reason(), Response::REASON_CREDENTIALS_INVALID);
  EXPECT_EQ(response.refusal().message(), "invalid session: error finding user for endpoint");
  type::v1::Header* header = request.mutable_request()->add_headers();
  header->set_name("Api-Key");
  header->set_value("ada's key");
  response = Answer(request, R"({"api-key":"ada's key"})");
  EXPECT_EQ(response.refusal().reason(), Response::REASON_CREDENTIALS_AMBIGUOUS);
}

TEST_P(AuthenticatorContract, RefusesADisabledUserInEveryMode) {
  ScriptReturns(R"("5e7a1c0f9d3b2a4c6e8f0a99")");
  for (const Response& response : {Answer(RequestFor("script")), Answer(RequestFor("eve")),
                                   Answer(RequestFor("login"), R"({"api-key":"eve's key"})")}) {
    EXPECT_EQ(response.refusal().reason(), Response::REASON_USER_DISABLED);
    EXPECT_EQ(response.refusal().message(), "user disabled");
  }
}

TEST_P(AuthenticatorContract, SaysWhenCredentialsAreNotTakenOrNotLookedAt) {
  Response response = Answer(RequestFor("login"), R"({"jwtTokenString":"a.b.c"})");
  EXPECT_EQ(response.refusal().reason(), Response::REASON_PROVIDER_DISABLED);
  EXPECT_NE(response.refusal().message(), "");
  response = Answer(RequestFor("login"), R"({"api-key":"guess"})");
  EXPECT_EQ(response.refusal().reason(), Response::REASON_TOO_MANY_ATTEMPTS);
  EXPECT_NE(response.refusal().message(), "");
}

TEST_P(AuthenticatorContract, PassesTheOptionsOfTheWebhookOn) {
  auto request = RequestFor("login");
  request.mutable_request()->set_remote_ip_address("192.0.2.7");
  Answer(request, R"({"api-key":"ada's key"})");
  EXPECT_FALSE(users_.create_user);
  EXPECT_EQ(users_.remote_address, "192.0.2.7");
  Answer(RequestFor("options"), R"({"api-key":"ada's key"})");
  EXPECT_TRUE(users_.create_user);
}

TEST_P(AuthenticatorContract, FindsTheUserOfAnEndpointInEveryMode) {
  ScriptReturns(R"("5e7a1c0f9d3b2a4c6e8f0a98")");
  EXPECT_EQ(Answer(RequestForEndpoint("/script", "*")).user().id(), kAda);
  EXPECT_EQ(Answer(RequestForEndpoint("/users", "GET")).user().id(), kAda);
  auto login = RequestForEndpoint("/users", "POST");
  EXPECT_EQ(Answer(WithHeader(login, "Apikey", "ada's key")).user().id(), kAda);
  EXPECT_EQ(Answer(login, R"({"api-key":"ada's key"})").user().id(), kAda);
  EXPECT_EQ(Answer(login).refusal().reason(), Response::REASON_CREDENTIALS_MISSING);
}

TEST_P(AuthenticatorContract, KnowsNobodyWithAnAccessToken) {
  auto bearer = WithHeader(RequestForEndpoint("/users", "POST"), "Authorization", "Bearer token");
  Response response = Answer(bearer);
  EXPECT_EQ(response.refusal().reason(), Response::REASON_CREDENTIALS_INVALID);
  EXPECT_EQ(response.refusal().message(), "invalid session: error finding user for endpoint");
  EXPECT_EQ(Answer(WithHeader(bearer, "Email", "a@b.c")).refusal().reason(), Response::REASON_CREDENTIALS_INVALID);
  EXPECT_EQ(Answer(WithHeader(bearer, "Apikey", "ada's key")).refusal().reason(),
            Response::REASON_CREDENTIALS_AMBIGUOUS);
  // Webhooks never took one, so it is nothing to them.
  auto webhook = WithHeader(RequestFor("login"), "Authorization", "Bearer token");
  EXPECT_EQ(Answer(webhook).refusal().reason(), Response::REASON_CREDENTIALS_MISSING);
  EXPECT_EQ(Answer(WithHeader(webhook, "Api-Key", "ada's key")).user().id(), kAda);
}

TEST_P(AuthenticatorContract, SaysThatAnEndpointIsNotInTheRevision) {
  EXPECT_THAT(Ask(RequestForEndpoint("/users", "PUT")), StatusIs(absl::StatusCode::kNotFound, "ENDPOINT_NOT_FOUND"));
  EXPECT_THAT(Ask(RequestForEndpoint("/other", "GET")), StatusIs(absl::StatusCode::kNotFound, "ENDPOINT_NOT_FOUND"));
}

TEST_P(AuthenticatorContract, SaysThatAWebhookIsNotInTheRevision) {
  EXPECT_THAT(Ask(RequestFor("nothing")), StatusIs(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND"));
}

TEST_P(AuthenticatorContract, SaysWhenARevisionIsNotKnownYetAndWhenItIsNoLongerKept) {
  auto request = RequestFor("ada");
  request.mutable_app()->set_revision(8);
  EXPECT_THAT(Ask(request), StatusIs(absl::StatusCode::kUnavailable, "REVISION_UNKNOWN"));
  request.mutable_app()->set_revision(6);
  EXPECT_THAT(Ask(request), StatusIs(absl::StatusCode::kFailedPrecondition, "REVISION_GONE"));
}

INSTANTIATE_TEST_SUITE_P(Everywhere, AuthenticatorContract, Everywhere(), NameOf);

}  // namespace
}  // namespace overlock::auth
