// The order of the checks and every answer that is not the function's, over a real connection.
#include "services/edge/pipeline.h"

#include <memory>
#include <string>

#include "services/edge/edge_fixture.h"

namespace overlock::edge {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::InSequence;
using ::testing::Not;
using ::testing::StartsWith;

using auth::v1::AuthenticateRequest;
using auth::v1::AuthenticateResponse;
using authz::v1::AuthorizeRequest;
using authz::v1::AuthorizeResponse;
using validation::v1::ValidateRequest;
using validation::v1::ValidateResponse;

ValidateResponse Valid(bool valid = true) {
  ValidateResponse response;
  response.set_valid(valid);
  return response;
}
AuthenticateResponse AsUser(const std::string& id) {
  AuthenticateResponse response;
  response.mutable_user()->set_id(id);
  response.mutable_user()->set_type(type::v1::User::TYPE_NORMAL);
  return response;
}
AuthorizeResponse Allowed(bool allowed = true) {
  AuthorizeResponse response;
  response.set_allowed(allowed);
  return response;
}
absl::Status RevisionGone() {
  return Error(absl::StatusCode::kFailedPrecondition, "REVISION_GONE", "app.revision: old");
}
absl::Status RevisionUnknown() {
  return Error(absl::StatusCode::kUnavailable, "REVISION_UNKNOWN", "app.revision: new");
}

class PipelineTest : public EdgeTest {
 protected:
  // Whatever the executor is asked, it answers 200 `ran`, and `seen_` holds the question.
  auto Runs() {
    return Does([this](ExecuteRequest request, Body body, CallContext call) -> Task<absl::StatusOr<ExecuteResponse>> {
      seen_.Set(std::move(request), std::string(body.view()), std::move(call));
      co_return Responded(200, "ran");
    });
  }
  Seen<ExecuteRequest> seen_;
};

TEST_F(PipelineTest, RunsAWebhookThatNeedsNothingElseAsTheSystemUser) {
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  std::string answer =
      Exchange(absl::StrCat("POST ", Path("post"), "?a=1&secret=s&b=2 HTTP/1.1\r\nHost: edge.test:8080\r\n",
                            "x-CUSTOM: one\r\nX-Custom:  two \r\nContent-Length: 4\r\n\r\nbody"));
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\nran")));
  ExecuteRequest seen = seen_.message();
  EXPECT_EQ(seen.app().app_id(), "app");
  EXPECT_EQ(seen.app().revision(), 7);
  EXPECT_EQ(seen.webhook().service(), "s");
  EXPECT_EQ(seen.webhook().webhook(), "post");
  EXPECT_EQ(seen.user().type(), type::v1::User::TYPE_SYSTEM);
  EXPECT_EQ(seen.request().method(), "POST");
  EXPECT_EQ(seen.request().webhook_url(), absl::StrCat("http://edge.test:8080", Path("post")));
  EXPECT_EQ(seen.request().raw_query_string(), "a=1&b=2");
  EXPECT_EQ(seen.request().remote_ip_address(), "127.0.0.1");
  ASSERT_EQ(seen.request().headers_size(), 4);
  EXPECT_EQ(seen.request().headers(1).name(), "X-Custom");
  EXPECT_EQ(seen.request().headers(1).value(), "one");
  EXPECT_EQ(seen.request().headers(2).value(), "two");
  EXPECT_EQ(seen.body(), "");
  EXPECT_EQ(seen_.body(), "body");
}

TEST_F(PipelineTest, BuildsTheWebhooksUrlFromThePublicUrl) {
  options_.public_url = "https://hooks.example.com";
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  Exchange(Request("GET", "get"));
  EXPECT_EQ(seen_.message().request().webhook_url(), absl::StrCat("https://hooks.example.com", Path("get")));
}

TEST_F(PipelineTest, AsksEveryServiceInOrder) {
  InSequence order;
  auto seen = std::make_shared<Seen<ValidateRequest>>();
  EXPECT_CALL(validator_, Validate)
      .WillOnce(
          Does([seen](ValidateRequest request, Body body, CallContext call) -> Task<absl::StatusOr<ValidateResponse>> {
            seen->Set(std::move(request), std::string(body.view()), std::move(call));
            co_return Valid();
          }));
  EXPECT_CALL(authenticator_, Authenticate).WillOnce(Answers(AsUser("u1")));
  EXPECT_CALL(authorizer_, Authorize).WillOnce(Answers(Allowed()));
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  std::string request =
      absl::StrCat("PUT ", Path("guarded"), "?secret=s HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_THAT(Exchange(request), StartsWith("HTTP/1.1 200 "));
  // Only validation sees the secret.
  EXPECT_EQ(seen->message().request().raw_query_string(), "secret=s");
  EXPECT_EQ(seen->body(), "x");
  EXPECT_EQ(seen_.message().request().raw_query_string(), "");
  EXPECT_EQ(seen_.message().user().id(), "u1");
  EXPECT_EQ(seen_.call().request_id, seen->call().request_id);
}

TEST_F(PipelineTest, StopsAtAFailedValidation) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Valid(false)));
  EXPECT_THAT(
      Exchange(Request("POST", "guarded")),
      AllOf(StartsWith("HTTP/1.1 401 Unauthorized\r\n"), HasSubstr("Content-Type: application/json\r\n"),
            EndsWith(R"({"error":"the request could not be validated","error_code":"IncomingWebhookAuthFailed"})")));
}

TEST_F(PipelineTest, StopsWhenThereIsNoUser) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Valid()));
  AuthenticateResponse refused;
  refused.mutable_refusal()->set_reason(AuthenticateResponse::REASON_CREDENTIALS_MISSING);
  EXPECT_CALL(authenticator_, Authenticate).WillOnce(Answers(refused));
  EXPECT_THAT(
      Exchange(Request("POST", "guarded")),
      AllOf(StartsWith("HTTP/1.1 400 "),
            EndsWith(R"({"error":"no authentication methods were specified","error_code":"InvalidParameter"})")));
}

TEST_F(PipelineTest, StopsWhenTheExpressionDenies) {
  EXPECT_CALL(authorizer_, Authorize).WillOnce(Answers(Allowed(false)));
  EXPECT_THAT(Exchange(Request("POST", "authorized")),
              AllOf(StartsWith("HTTP/1.1 403 "), EndsWith(R"({"error":"rule not matched for function \"authorized\"",)"
                                                          R"("error_code":"FunctionExecutionError"})")));
}

TEST_F(PipelineTest, SaysWhatIsUnknown) {
  StartEdge();
  auto get = [this](std::string_view path) {
    return Exchange(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: a\r\n\r\n"));
  };
  EXPECT_THAT(
      get("/api/client/v2.0/app/nope/service/s/incoming_webhook/get"),
      AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr(R"({"error":"app not found: 'nope'","error_code":"AppNotFound"})")));
  EXPECT_THAT(get("/api/client/v2.0/app/app/service/nope/incoming_webhook/get"),
              HasSubstr(R"({"error":"service not found: 'nope'","error_code":"ServiceNotFound"})"));
  EXPECT_THAT(get("/api/client/v2.0/app/app/service/empty/incoming_webhook/get"),
              HasSubstr(R"({"error":"incoming webhook not found","error_code":"IncomingWebhookNotFound"})"));
  EXPECT_THAT(get("/app/app/endpoint/x"), HasSubstr("EndpointNotFound"));
  EXPECT_THAT(get("/favicon.ico"), AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("PathNotFound")));
}

TEST_F(PipelineTest, RefusesEveryMethodButTheWebhooksOwn) {
  EXPECT_THAT(Exchange(Request("GET", "post")),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: POST, OPTIONS\r\n"), HasSubstr("InvalidParameter")));
  EXPECT_THAT(Exchange(Request("PUT", "github")), HasSubstr("Allow: POST, OPTIONS\r\n"));
  EXPECT_THAT(Exchange(Request("TRACE", "any")), HasSubstr("Allow: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS\r\n"));
  EXPECT_THAT(Exchange(Request("get", "get")), StartsWith("HTTP/1.1 405 "));
}

TEST_F(PipelineTest, AnswersToAnyMethodWhereTheWebhookSaysSo) {
  EXPECT_CALL(executor_, Execute).Times(5).WillRepeatedly(Runs());
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    EXPECT_THAT(Exchange(Request(method, "any")), EndsWith("ran")) << method;
  }
}

TEST_F(PipelineTest, AnswersPreflightsItself) {
  EXPECT_THAT(
      Exchange(Request("OPTIONS", "post",
                       "Origin: https://a.test\r\nAccess-Control-Request-Method: POST\r\n"
                       "Access-Control-Request-Headers: content-type\r\n")),
      AllOf(StartsWith("HTTP/1.1 204 "), HasSubstr("Vary: Origin\r\n"),
            HasSubstr("Access-Control-Allow-Origin: https://a.test\r\n"),
            HasSubstr("Access-Control-Allow-Methods: POST\r\n"),
            HasSubstr("Access-Control-Allow-Headers: Authorization, Content-Type, Accept, Origin, X-Hook-Signature"),
            Not(HasSubstr("api-key")), Not(HasSubstr("Content-Length"))));
  EXPECT_THAT(
      Exchange(Request("OPTIONS", "get")),
      AllOf(StartsWith("HTTP/1.1 204 "), HasSubstr("Allow: GET, OPTIONS\r\n"), Not(HasSubstr("Access-Control"))));
  EXPECT_THAT(Exchange(Request("OPTIONS", "nope")), StartsWith("HTTP/1.1 404 "));
}

TEST_F(PipelineTest, LetsBrowsersReadAnswersAndErrors) {
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  EXPECT_THAT(Exchange(Request("GET", "get", "Origin: https://a.test\r\n")),
              HasSubstr("Access-Control-Allow-Origin: https://a.test\r\n"));
  EXPECT_THAT(Exchange(Request("GET", "post", "Origin: https://a.test\r\n")),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Access-Control-Allow-Origin: https://a.test\r\n")));
}

TEST_F(PipelineTest, RefusesOriginsThatAreNotListed) {
  ApplyConfig(8, {"https://a.test"});
  EXPECT_CALL(executor_, Execute).Times(2).WillRepeatedly(Runs());
  EXPECT_THAT(Exchange(Request("GET", "get", "Origin: https://A.test\r\n")), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Exchange(Request("GET", "get")), StartsWith("HTTP/1.1 200 "));
  // Before the method and the webhook are looked at, and for preflights too.
  for (const char* request_line : {"get", "post", "nope"}) {
    EXPECT_THAT(Exchange(Request("GET", request_line, "Origin: https://b.test\r\n")),
                AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("DomainNotAllowed"), Not(HasSubstr("Access-Control"))));
  }
  EXPECT_THAT(Exchange(Request("OPTIONS", "get", "Origin: null\r\n")), StartsWith("HTTP/1.1 403 "));
}

TEST_F(PipelineTest, SaysThatNothingIsLoadedYet) {
  Router empty;
  context_ = std::make_shared<EdgeContext>(options_, empty,
                                           Services{&validator_, &authenticator_, &authorizer_, &executor_}, metrics_);
  auto listener = Listener::Start(loops_, context_, "127.0.0.1:0");
  ASSERT_THAT(listener, IsOk());
  listener_ = *std::move(listener);
  EXPECT_THAT(Exchange(Request("GET", "get")), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n")));
  listener_.reset();
}

TEST_F(PipelineTest, FailsClosedWhenAServiceCannotBeReached) {
  EXPECT_CALL(validator_, Validate).Times(2).WillRepeatedly(Fails<ValidateResponse>(absl::UnavailableError("down")));
  EXPECT_THAT(
      Exchange(Request("POST", "guarded")),
      AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n"),
            EndsWith(R"({"error":"the validation service cannot be reached","error_code":"InternalServerError"})")));
  EXPECT_CALL(authenticator_, Authenticate).WillOnce(Fails<AuthenticateResponse>(absl::UnavailableError("down")));
  EXPECT_THAT(Exchange(Request("POST", "user")), HasSubstr("the auth service cannot be reached"));
  EXPECT_CALL(authorizer_, Authorize).WillOnce(Fails<AuthorizeResponse>(absl::UnavailableError("down")));
  EXPECT_THAT(Exchange(Request("POST", "authorized")), HasSubstr("the authz service cannot be reached"));
  EXPECT_CALL(executor_, Execute).WillOnce(Fails<ExecuteResponse>(absl::UnavailableError("down")));
  EXPECT_THAT(Exchange(Request("POST", "post")), HasSubstr("the executor service cannot be reached"));
}

TEST_F(PipelineTest, FailsClosedWhenAServiceAnswersNothing) {
  EXPECT_CALL(authenticator_, Authenticate).WillOnce(Answers(AuthenticateResponse()));
  EXPECT_THAT(Exchange(Request("POST", "user")), StartsWith("HTTP/1.1 502 "));
  EXPECT_CALL(executor_, Execute).WillOnce(Answers(ExecuteResponse()));
  EXPECT_THAT(Exchange(Request("POST", "post")), StartsWith("HTTP/1.1 502 "));
}

TEST_F(PipelineTest, AsksValidationAgainWhenAConnectionBreaks) {
  EXPECT_CALL(validator_, Validate)
      .WillOnce(Fails<ValidateResponse>(absl::UnavailableError("reset")))
      .WillOnce(Answers(Valid()));
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  EXPECT_THAT(Exchange(Request("POST", "validated")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(PipelineTest, TriesAgainWhatAServiceDidNotKnowYet) {
  EXPECT_CALL(executor_, Execute).WillOnce(Fails<ExecuteResponse>(RevisionUnknown())).WillOnce(Runs());
  EXPECT_THAT(Exchange(Request("POST", "post")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(PipelineTest, StartsOverOnceWithTheNewestRevision) {
  EXPECT_CALL(validator_, Validate).Times(2).WillRepeatedly(Answers(Valid()));
  EXPECT_CALL(executor_, Execute)
      .WillOnce(Does([this](auto...) -> Task<absl::StatusOr<ExecuteResponse>> {
        ApplyConfig(9);
        co_return RevisionGone();
      }))
      .WillOnce(Runs());
  EXPECT_THAT(Exchange(Request("POST", "validated")), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(seen_.message().app().revision(), 9);

  EXPECT_CALL(executor_, Execute).Times(2).WillRepeatedly(Fails<ExecuteResponse>(RevisionGone()));
  EXPECT_THAT(Exchange(Request("POST", "post")), StartsWith("HTTP/1.1 503 "));
}

TEST_F(PipelineTest, ChecksEverythingAgainWhenItStartsOver) {
  EXPECT_CALL(executor_, Execute).WillOnce(Does([this](auto...) -> Task<absl::StatusOr<ExecuteResponse>> {
    config::v1::WatchResponse removal;
    removal.set_revision(9);
    removal.add_removed_app_ids("app");
    router_.Apply(removal);
    co_return RevisionGone();
  }));
  EXPECT_THAT(Exchange(Request("POST", "post")), AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("AppNotFound")));
}

TEST_F(PipelineTest, DoesNotStartOverOnceAScriptMayHaveRun) {
  EXPECT_CALL(authenticator_, Authenticate).WillOnce(Answers(AsUser("u")));
  EXPECT_CALL(executor_, Execute).WillOnce(Fails<ExecuteResponse>(RevisionGone()));
  EXPECT_THAT(Exchange(Request("POST", "user")), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n")));
}

TEST_F(PipelineTest, SaysWhenThereIsTooMuchToDo) {
  EXPECT_CALL(executor_, Execute)
      .WillOnce(Fails<ExecuteResponse>(Error(absl::StatusCode::kResourceExhausted, "APP_OVER_SHARE", "")))
      .WillOnce(Fails<ExecuteResponse>(Error(absl::StatusCode::kUnavailable, "EXECUTOR_FULL", "")));
  EXPECT_THAT(Exchange(Request("POST", "post")), AllOf(StartsWith("HTTP/1.1 429 "), HasSubstr("Retry-After: 1\r\n")));
  EXPECT_THAT(Exchange(Request("POST", "post")), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n")));
}

TEST_F(PipelineTest, TellsHowAFunctionFailed) {
  ExecuteResponse failed;
  failed.mutable_failure()->set_kind(executor::v1::Failure::KIND_THREW);
  failed.mutable_failure()->set_message("TypeError: x is \"not\" a function");
  failed.mutable_failure()->set_stack("at secret place");
  EXPECT_CALL(executor_, Execute).WillOnce(Answers(failed));
  EXPECT_THAT(
      Exchange(Request("POST", "post")),
      AllOf(StartsWith("HTTP/1.1 400 "), Not(HasSubstr("secret place")),
            EndsWith(R"({"error":"TypeError: x is \"not\" a function","error_code":"FunctionExecutionError"})")));
}

TEST_F(PipelineTest, RefusesAnAnswerThatCannotBeSent) {
  EXPECT_CALL(executor_, Execute)
      .WillOnce(Answers(Responded(101, "")))
      .WillOnce(Answers(Responded(200, "", {{"X-Big", std::string(70'000, 'x')}})));
  EXPECT_THAT(Exchange(Request("POST", "post")), AllOf(StartsWith("HTTP/1.1 500 "), HasSubstr("status code")));
  EXPECT_THAT(Exchange(Request("POST", "post")), AllOf(StartsWith("HTTP/1.1 500 "), HasSubstr("64 KiB")));
}

TEST_F(PipelineTest, SetsOneDeadlineAndCarriesTheTraceOn) {
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  absl::Time before = absl::Now();
  std::string answer =
      Exchange(Request("GET", "get", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"));
  CallContext call = seen_.call();
  EXPECT_GE(call.deadline, before + absl::Seconds(95));
  EXPECT_LE(call.deadline, absl::Now() + absl::Seconds(95));
  EXPECT_EQ(call.trace.TraceIdHex(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(call.trace.ToTraceparent(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
      << "no span of ours is recorded that could stand between";
  EXPECT_THAT(answer, HasSubstr(absl::StrCat("X-Request-Id: ", call.request_id, "\r\n")));
}

TEST_F(PipelineTest, BeginsATraceWhereThereIsNone) {
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  Exchange(Request("GET", "get", "traceparent: nonsense\r\n"));
  EXPECT_TRUE(seen_.call().trace.valid());
}

TEST_F(PipelineTest, LinksErrorsToTheLog) {
  options_.console_url = "https://console.test";
  std::string answer = Exchange(Request("GET", "nope"));
  size_t at = answer.find("X-Request-Id: ");
  ASSERT_NE(at, std::string::npos);
  EXPECT_THAT(answer,
              EndsWith(absl::StrCat(R"("link":"https://console.test/logs?co_id=)", answer.substr(at + 14, 24), "\"}")));
}

TEST_F(PipelineTest, CountsAnswersAndRefusals) {
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  StartEdge();
  Exchange(Request("GET", "get"));
  Exchange(Request("GET", "post"));
  // The counters follow the answer; a later request on the same connection finds them counted.
  Client client = Connect();
  for (int i = 0; i < 2; ++i) {
    client.Send(Request("GET", "nope"));
    client.ReadAnswer();
  }
  listener_.reset();
  std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr("overlock_edge_requests_total{code=\"200\"} 1"));
  EXPECT_THAT(text, HasSubstr("overlock_edge_requests_total{code=\"405\"} 1"));
  EXPECT_THAT(text, HasSubstr("overlock_edge_refusals_total{cause=\"method\"} 1"));
  EXPECT_THAT(text, HasSubstr("overlock_edge_refusals_total{cause=\"not_found\"} 2"));
  EXPECT_THAT(text, HasSubstr("overlock_edge_request_seconds_count 4"));
  EXPECT_THAT(text, HasSubstr("overlock_edge_connections 0"));
}

TEST_F(PipelineTest, CountsTheAnswersOfEachHookOverAllRevisions) {
  EXPECT_CALL(executor_, Execute).WillOnce(Runs()).WillOnce(Runs());
  StartEdge();
  Client client = Connect();
  auto ask = [&client](std::string_view method, std::string_view hook) {
    client.Send(Request(method, hook));
    client.ReadAnswer();
  };
  ask("GET", "get");
  ApplyConfig(8);
  ask("GET", "get");
  ask("GET", "post");
  // The counters follow the answer; nobody's hook is nobody's counter.
  for (int i = 0; i < 2; ++i) ask("GET", "nope");
  listener_.reset();
  std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(overlock_edge_hook_requests_total{app="app",hook="s/get",class="2xx"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(overlock_edge_hook_requests_total{app="app",hook="s/post",class="4xx"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(overlock_edge_hook_seconds_count{app="app",hook="s/get"} 2)"));
  EXPECT_THAT(text, Not(HasSubstr("nope")));
}

TEST_F(PipelineTest, CountsHooksBeyondTheLimitTogether) {
  options_.metrics_hooks_max = 1;
  EXPECT_CALL(executor_, Execute).WillOnce(Runs()).WillOnce(Runs()).WillOnce(Runs());
  StartEdge();
  Client client = Connect();
  for (std::string_view hook : {"get", "any", "post", "get"}) {
    client.Send(Request("GET", hook));
    client.ReadAnswer();
  }
  listener_.reset();
  std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(overlock_edge_hook_requests_total{app="app",hook="s/get",class="2xx"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(overlock_edge_hook_requests_total{app="other",hook="other",class="2xx"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(overlock_edge_hook_requests_total{app="other",hook="other",class="4xx"} 1)"));
  EXPECT_THAT(text, Not(HasSubstr("s/any")));
}

}  // namespace
}  // namespace overlock::edge
