// What is recorded of a request, over a real connection.
#include "services/edge/request_span.h"

#include <string>
#include <vector>

#include "common/testing/span_keeper.h"
#include "services/edge/edge_fixture.h"

namespace overlock::edge {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kTrace[] = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
constexpr std::array<uint8_t, 8> kSenderSpan = {0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7};

class RequestSpanTest : public EdgeTest {
 protected:
  // The mocks say yes; each remembers the context that it was called with.
  void AllowEverything() {
    EXPECT_CALL(validator_, Validate).WillRepeatedly(Does([this](auto, Body, CallContext call) {
      return Answer<validation::v1::ValidateResponse>(validated_, std::move(call),
                                                      [](auto& yes) { yes.set_valid(true); });
    }));
    EXPECT_CALL(authenticator_, Authenticate).WillRepeatedly(Does([this](auto, Body, CallContext call) {
      return Answer<auth::v1::AuthenticateResponse>(authenticated_, std::move(call),
                                                    [](auto& yes) { yes.mutable_user()->set_id("u"); });
    }));
    EXPECT_CALL(authorizer_, Authorize).WillRepeatedly(Does([this](auto, CallContext call) {
      return Answer<authz::v1::AuthorizeResponse>(authorized_, std::move(call),
                                                  [](auto& yes) { yes.set_allowed(true); });
    }));
    EXPECT_CALL(executor_, Execute).WillRepeatedly(Does([this](auto, Body, CallContext call) {
      return Answer<ExecuteResponse>(executed_, std::move(call), [](auto& yes) { yes = Responded(200, "ran"); });
    }));
  }
  template <class Response, class Fill>
  static Task<absl::StatusOr<Response>> Answer(Seen<int>& seen, CallContext call, Fill fill) {
    seen.Set(0, "", std::move(call));
    Response response;
    fill(response);
    co_return response;
  }
  // Exchanges, and ends the edge, so that all spans have ended.
  std::string ExchangeAndEnd(const std::string& request) {
    std::string answer = Exchange(request);
    listener_.reset();
    return answer;
  }

  SpanKeeper keeper_;
  Seen<int> validated_, authenticated_, authorized_, executed_;
};

TEST_F(RequestSpanTest, HasASpanForEachCheckBelowTheRequests) {
  AllowEverything();
  options_.public_url = "https://hooks.example.com";
  std::string answer = ExchangeAndEnd(Request("POST", "guarded", absl::StrCat(kTrace, "tracestate: vendor=x\r\n")));
  size_t at = answer.find("X-Request-Id: ");
  ASSERT_NE(at, answer.npos);
  const std::string path = Path("guarded");
  EXPECT_THAT(keeper_.Texts(),
              ElementsAre("internal validate {}", "internal authenticate {}", "internal authorize {}",
                          absl::StrCat("server POST ", path,
                                       " {http.request.method=POST, url.scheme=https, overlock.request_id=",
                                       answer.substr(at + 14, 24), ", overlock.app_id=app, http.route=", path,
                                       ", url.path=", path, ", http.response.status_code=200}")));
  SpanData request = keeper_.spans().back();
  EXPECT_EQ(request.context.TraceIdHex(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(request.parent_span_id, kSenderSpan);
  EXPECT_TRUE(request.parent_is_remote);
  for (const SpanData& check : keeper_.spans()) {
    if (check.kind == SpanKind::kServer) continue;
    EXPECT_EQ(check.parent_span_id, request.context.span_id) << check.name;
  }
  EXPECT_EQ(validated_.call().trace.span_id, keeper_.Find("validate").context.span_id);
  EXPECT_EQ(authenticated_.call().trace.span_id, keeper_.Find("authenticate").context.span_id);
  EXPECT_EQ(authorized_.call().trace.span_id, keeper_.Find("authorize").context.span_id);
  EXPECT_EQ(executed_.call().trace.span_id, request.context.span_id);
  EXPECT_EQ(executed_.call().tracestate, "vendor=x");
}

TEST_F(RequestSpanTest, IsNotRecordedWhereTheSenderDoesNotSample) {
  AllowEverything();
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
  ExchangeAndEnd(Request("POST", "guarded", absl::StrCat("traceparent: ", parent, "\r\n")));
  EXPECT_THAT(keeper_.spans(), IsEmpty());
  EXPECT_EQ(executed_.call().trace.ToTraceparent(), parent) << "and the others are told so";
}

TEST_F(RequestSpanTest, BeginsATraceWhereTheSendersIsNone) {
  AllowEverything();
  ExchangeAndEnd(Request("GET", "get", "traceparent: nonsense\r\ntracestate: vendor=x\r\n"));
  SpanData request = keeper_.spans().at(0);
  EXPECT_EQ(request.parent_span_id, decltype(request.parent_span_id){});
  EXPECT_EQ(executed_.call().trace.span_id, request.context.span_id);
  EXPECT_TRUE(executed_.call().trace.sampled());
  EXPECT_EQ(executed_.call().tracestate, "") << "it belongs to the trace that was none";
}

TEST_F(RequestSpanTest, SaysWhichCheckRefused) {
  AllowEverything();
  EXPECT_CALL(authorizer_, Authorize).WillOnce(Answers(authz::v1::AuthorizeResponse()));
  EXPECT_THAT(ExchangeAndEnd(Request("POST", "guarded", kTrace)), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(keeper_.Texts(),
              ElementsAre("internal validate {}", "internal authenticate {}",
                          "internal authorize {overlock.refusal=authorization}",
                          AllOf(HasSubstr("http.response.status_code=403"), HasSubstr("overlock.refusal=authorization"),
                                Not(HasSubstr("failed")))))
      << "a verdict is no failure of ours";
}

TEST_F(RequestSpanTest, FailsWhereAServiceGivesNoAnswer) {
  EXPECT_CALL(validator_, Validate)
      .WillRepeatedly(Fails<validation::v1::ValidateResponse>(absl::UnavailableError("secret place is down")));
  EXPECT_THAT(ExchangeAndEnd(Request("POST", "validated", kTrace)), StartsWith("HTTP/1.1 50"));
  std::vector<std::string> texts = keeper_.Texts();
  ASSERT_EQ(texts.size(), 2u);
  for (const std::string& text : texts) {
    EXPECT_THAT(text, AllOf(HasSubstr("overlock.refusal=unavailable"), HasSubstr("error.type=InternalServerError"),
                            HasSubstr("} failed"), Not(HasSubstr("secret"))));
  }
}

TEST_F(RequestSpanTest, TellsNothingThatAStrangerChose) {
  AllowEverything();
  StartEdge();
  auto exchange = [this](const std::string& request) {
    Client client = Connect();
    client.Send(request);
    client.ReadAnswer();
  };
  exchange(
      absl::StrCat("POST ", Path("post"), "?secret=open-sesame HTTP/1.1\r\nHost: open-sesame\r\n", kTrace,
                   "Authorization: open-sesame\r\nUser-Agent: open-sesame\r\nContent-Length: 11\r\n\r\nopen-sesame"));
  exchange(absl::StrCat("GET /open-sesame?open-sesame HTTP/1.1\r\nHost: a\r\n", kTrace, "\r\n"));
  exchange(absl::StrCat("OPENSESAME ", Path("open-sesame"), " HTTP/1.1\r\nHost: a\r\n", kTrace, "\r\n"));
  listener_.reset();
  std::vector<std::string> texts = keeper_.Texts();
  ASSERT_EQ(texts.size(), 3u);
  for (const std::string& text : texts) EXPECT_THAT(text, AllOf(Not(HasSubstr("sesame")), Not(HasSubstr("OPEN"))));
  EXPECT_THAT(texts, Contains(AllOf(StartsWith("server GET {"), HasSubstr("http.response.status_code=404"),
                                    HasSubstr("overlock.refusal=not_found"))));
  EXPECT_THAT(texts, Contains(AllOf(StartsWith("server HTTP {http.request.method=_OTHER"))));
}

TEST_F(RequestSpanTest, NamesAnEndpointByItsRoute) {
  AllowEverything();
  ExchangeAndEnd(EndpointRequest("POST", "/orders/new?secret=open", kTrace));
  EXPECT_THAT(keeper_.Texts(), ElementsAre(AllOf(StartsWith("server POST /app/app/endpoint/orders/new {"),
                                                 HasSubstr("url.path=/app/app/endpoint/orders/new,"))));
}

}  // namespace
}  // namespace overlock::edge
