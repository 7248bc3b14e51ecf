// HTTPS endpoints over a real connection: what is theirs, and that the rest is as for webhooks.
#include <memory>
#include <string>

#include "services/edge/edge_fixture.h"

namespace overlock::edge {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::InSequence;
using ::testing::Not;
using ::testing::StartsWith;

class PipelineEndpointsTest : public EdgeTest {
 protected:
  // Answers and remembers the question. `seen` must outlive the request.
  template <class Message, class Response>
  static auto Remembers(Seen<Message>& seen, Response response) {
    return Does([&seen, response](Message request, Body body, CallContext call) -> Task<absl::StatusOr<Response>> {
      seen.Set(std::move(request), std::string(body.view()), std::move(call));
      co_return response;
    });
  }
  auto Runs() { return Remembers<ExecuteRequest>(seen_, Responded(200, "ran")); }

  static validation::v1::ValidateResponse Valid(bool valid) {
    validation::v1::ValidateResponse response;
    response.set_valid(valid);
    return response;
  }
  static auth::v1::AuthenticateResponse AsUser(const std::string& id) {
    auth::v1::AuthenticateResponse response;
    response.mutable_user()->set_id(id);
    response.mutable_user()->set_type(type::v1::User::TYPE_NORMAL);
    return response;
  }
  static authz::v1::AuthorizeResponse Allowed(bool allowed) {
    authz::v1::AuthorizeResponse response;
    response.set_allowed(allowed);
    return response;
  }

  Seen<ExecuteRequest> seen_;
};

TEST_F(PipelineEndpointsTest, RunsAnEndpointThatNeedsNothingElseAsTheSystemUser) {
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  std::string answer = Exchange(EndpointRequest("POST", "/orders/new?a=1&secret=s", "X-Custom: one\r\n", "body"));
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\nran")));
  ExecuteRequest seen = seen_.message();
  EXPECT_EQ(seen.app().app_id(), "app");
  EXPECT_EQ(seen.app().revision(), 7);
  EXPECT_TRUE(seen.has_endpoint());
  EXPECT_EQ(seen.endpoint().route(), "/orders/new");
  EXPECT_EQ(seen.endpoint().method(), "POST");
  EXPECT_EQ(seen.user().type(), type::v1::User::TYPE_SYSTEM);
  EXPECT_EQ(seen.request().method(), "POST");
  EXPECT_EQ(seen.request().raw_query_string(), "a=1");
  EXPECT_EQ(seen_.body(), "body");
}

TEST_F(PipelineEndpointsTest, CallsTheRouteTheUrl) {
  options_.public_url = "https://hooks.example.com";
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  Exchange(EndpointRequest("GET", "/orders%2Fnew?a=1"));
  EXPECT_EQ(seen_.message().request().webhook_url(), "/orders/new");
}

TEST_F(PipelineEndpointsTest, NamesTheEndpointForAllMethodsWithAStar) {
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  Exchange(EndpointRequest("PATCH", "/orders/new"));
  EXPECT_EQ(seen_.message().endpoint().method(), "*");
  EXPECT_EQ(seen_.message().request().method(), "PATCH");
}

TEST_F(PipelineEndpointsTest, AsksEveryServiceInOrder) {
  InSequence order;
  Seen<validation::v1::ValidateRequest> validated;
  Seen<auth::v1::AuthenticateRequest> authenticated;
  Seen<authz::v1::AuthorizeRequest> authorized;
  EXPECT_CALL(validator_, Validate).WillOnce(Remembers<validation::v1::ValidateRequest>(validated, Valid(true)));
  EXPECT_CALL(authenticator_, Authenticate)
      .WillOnce(Remembers<auth::v1::AuthenticateRequest>(authenticated, AsUser("u1")));
  EXPECT_CALL(authorizer_, Authorize)
      .WillOnce(Does([&authorized](authz::v1::AuthorizeRequest request,
                                   CallContext call) -> Task<absl::StatusOr<authz::v1::AuthorizeResponse>> {
        authorized.Set(std::move(request), "", std::move(call));
        co_return Allowed(true);
      }));
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  EXPECT_THAT(Exchange(EndpointRequest("POST", "/guarded?secret=s", "", "x")), StartsWith("HTTP/1.1 200 "));
  // Only validation sees the secret.
  EXPECT_EQ(validated.message().request().raw_query_string(), "secret=s");
  EXPECT_EQ(authenticated.message().request().raw_query_string(), "");
  for (const type::v1::EndpointName& name : {validated.message().endpoint(), authenticated.message().endpoint(),
                                             authorized.message().endpoint(), seen_.message().endpoint()}) {
    EXPECT_EQ(name.route(), "/guarded");
    EXPECT_EQ(name.method(), "POST");
  }
  EXPECT_FALSE(validated.message().has_webhook());
  EXPECT_EQ(authorized.message().request().webhook_url(), "/guarded");
  EXPECT_EQ(authorized.message().user().id(), "u1");
  EXPECT_EQ(seen_.message().user().id(), "u1");
}

TEST_F(PipelineEndpointsTest, StopsAtAFailedValidation) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Valid(false)));
  EXPECT_THAT(Exchange(EndpointRequest("POST", "/guarded")),
              AllOf(StartsWith("HTTP/1.1 401 "), HasSubstr(R"("error_code":"IncomingWebhookAuthFailed")")));
}

TEST_F(PipelineEndpointsTest, StopsWhenThereIsNoUser) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Valid(true)));
  auth::v1::AuthenticateResponse refused;
  refused.mutable_refusal()->set_reason(auth::v1::AuthenticateResponse::REASON_CREDENTIALS_INVALID);
  EXPECT_CALL(authenticator_, Authenticate).WillOnce(Answers(refused));
  EXPECT_THAT(Exchange(EndpointRequest("POST", "/guarded")),
              AllOf(StartsWith("HTTP/1.1 401 "), HasSubstr(R"("error_code":"InvalidSession")")));
}

TEST_F(PipelineEndpointsTest, NamesTheFunctionWhenTheExpressionDenies) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Valid(true)));
  EXPECT_CALL(authenticator_, Authenticate).WillOnce(Answers(AsUser("u1")));
  EXPECT_CALL(authorizer_, Authorize).WillOnce(Answers(Allowed(false)));
  EXPECT_THAT(Exchange(EndpointRequest("POST", "/guarded")),
              AllOf(StartsWith("HTTP/1.1 403 "), EndsWith(R"({"error":"rule not matched for function )"
                                                          R"(\"folder/guarded\"","error_code":)"
                                                          R"("FunctionExecutionError"})")));
}

TEST_F(PipelineEndpointsTest, SaysWhatIsUnknownOrDisabled) {
  EXPECT_THAT(Exchange(EndpointRequest("GET", "/orders")),
              AllOf(StartsWith("HTTP/1.1 404 "),
                    EndsWith(R"({"error":"endpoint not found","error_code":"EndpointNotFound"})")));
  EXPECT_THAT(Exchange(EndpointRequest("GET", "/off")),
              AllOf(StartsWith("HTTP/1.1 404 "),
                    EndsWith(R"({"error":"the endpoint is disabled","error_code":"EndpointNotFound"})")));
  EXPECT_THAT(Exchange(EndpointRequest("OPTIONS", "/off")), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Exchange("GET /app/nope/endpoint/off HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("AppNotFound"));
  EXPECT_THAT(Exchange("GET /app/app/endpoint HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("PathNotFound"));
}

TEST_F(PipelineEndpointsTest, RefusesMethodsThatTheRouteHasNoEndpointFor) {
  EXPECT_THAT(Exchange(EndpointRequest("GET", "/guarded")),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: POST, OPTIONS\r\n"),
                    EndsWith(R"({"error":"this endpoint answers to POST, OPTIONS only",)"
                             R"("error_code":"InvalidParameter"})")));
  EXPECT_THAT(Exchange(EndpointRequest("TRACE", "/orders/new")),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS\r\n")));
}

TEST_F(PipelineEndpointsTest, AnswersPreflightsForAllEndpointsOfTheRoute) {
  EXPECT_THAT(Exchange(EndpointRequest("OPTIONS", "/guarded",
                                       "Origin: https://a.test\r\nAccess-Control-Request-Method: POST\r\n")),
              AllOf(StartsWith("HTTP/1.1 204 "), HasSubstr("Access-Control-Allow-Origin: https://a.test\r\n"),
                    HasSubstr("Access-Control-Allow-Methods: POST\r\n"), HasSubstr("Endpoint-Signature"),
                    Not(HasSubstr("apiKey"))));
  EXPECT_THAT(Exchange(EndpointRequest("OPTIONS", "/orders/new")),
              HasSubstr("Allow: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS\r\n"));
}

TEST_F(PipelineEndpointsTest, RefusesOriginsThatAreNotListed) {
  ApplyConfig(8, {"https://a.test"});
  for (const char* route : {"/guarded", "/nope"}) {
    EXPECT_THAT(Exchange(EndpointRequest("POST", route, "Origin: https://b.test\r\n")),
                AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("DomainNotAllowed")));
  }
}

TEST_F(PipelineEndpointsTest, StartsOverOnceWithTheNewestRevision) {
  EXPECT_CALL(executor_, Execute)
      .WillOnce(Does([this](auto...) -> Task<absl::StatusOr<ExecuteResponse>> {
        ApplyConfig(9);
        co_return Error(absl::StatusCode::kFailedPrecondition, "REVISION_GONE", "app.revision: old");
      }))
      .WillOnce(Runs());
  EXPECT_THAT(Exchange(EndpointRequest("POST", "/orders/new")), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(seen_.message().app().revision(), 9);
}

TEST_F(PipelineEndpointsTest, CountsAsWebhooksDo) {
  EXPECT_CALL(executor_, Execute).WillOnce(Runs());
  StartEdge();
  Exchange(EndpointRequest("POST", "/orders/new"));
  Exchange(EndpointRequest("GET", "/guarded"));
  Exchange(EndpointRequest("GET", "/off"));
  listener_.reset();
  std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr("overlock_edge_requests_total{code=\"200\"} 1"));
  EXPECT_THAT(text, HasSubstr(R"(overlock_edge_hook_requests_total{app="app",hook="POST /orders/new",class="2xx"} 1)"));
  EXPECT_THAT(text, HasSubstr("overlock_edge_refusals_total{cause=\"method\"} 1"));
  EXPECT_THAT(text, HasSubstr("overlock_edge_refusals_total{cause=\"not_found\"} 1"));
}

}  // namespace
}  // namespace overlock::edge
