// What is recorded of an outgoing request, and what its server is told of the trace.
#include "common/http_client/request_span.h"

#include <string>

#include "common/http_client/http_client_fixture.h"
#include "common/testing/span_keeper.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::http {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class HttpRequestSpanTest : public HttpClientTest {
 protected:
  absl::StatusOr<ClientResponse> SendTraced(ClientRequest request, const char* traceparent = kSampled) {
    CallContext call;
    call.deadline = absl::Now() + absl::Seconds(10);
    call.trace = ContinueTrace(traceparent);
    call.tracestate = "vendor=x";
    return BlockOn(client_->Send(std::move(request), std::move(call)));
  }

  SpanKeeper keeper_;
};

TEST_F(HttpRequestSpanTest, TellsTheServerAndTheStatusAndNoSecret) {
  Server server([](const std::string&) { return Ok("fine"); });
  Make("127.0.0.0/8");
  ClientRequest request = Get(server.url("/hooks/open-sesame?key=open-sesame"));
  request.headers.emplace_back("Authorization", "open-sesame");
  ASSERT_TRUE(SendTraced(std::move(request)).ok());
  EXPECT_THAT(keeper_.Texts(), ElementsAre(absl::StrCat(
                                   "client GET {http.request.method=GET, url.scheme=http, server.address=127.0.0.1, "
                                   "server.port=",
                                   server.port(), ", http.response.status_code=200}")));
  EXPECT_THAT(server.requests().at(0), Not(HasSubstr("trace"))) << "strangers are not told";
}

TEST_F(HttpRequestSpanTest, TellsTheServerTheTraceWhereItShall) {
  Server server([](const std::string&) { return Ok("fine"); });
  HttpClientOptions options;
  options.send_trace = true;
  Make("127.0.0.0/8", options);
  ASSERT_TRUE(SendTraced(Get(server.url())).ok());
  const SpanData span = keeper_.spans().at(0);
  EXPECT_THAT(server.requests().at(0),
              AllOf(HasSubstr(absl::StrCat("traceparent: ", span.context.ToTraceparent(), "\r\n")),
                    HasSubstr("tracestate: vendor=x\r\n")));
  ClientRequest own = Get(server.url());
  own.headers.emplace_back("TraceParent", "the function's");
  ASSERT_TRUE(SendTraced(std::move(own)).ok());
  EXPECT_THAT(server.requests().at(1), AllOf(HasSubstr("TraceParent: the function's\r\n"), Not(HasSubstr("4bf92f35")),
                                             Not(HasSubstr("vendor"))));
}

TEST_F(HttpRequestSpanTest, FailsWithTheRequest) {
  Make("");
  EXPECT_FALSE(SendTraced(Get("http://127.0.0.1:1/")).ok());
  EXPECT_THAT(keeper_.Texts(), ElementsAre(HasSubstr("error.type=RESTRICTED_HOST} failed")));
}

TEST_F(HttpRequestSpanTest, FailsWithTheStatus) {
  Server server([](const std::string&) { return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"; });
  Make("127.0.0.0/8");
  EXPECT_TRUE(SendTraced(Get(server.url())).ok());
  EXPECT_THAT(keeper_.Texts(), ElementsAre(HasSubstr("http.response.status_code=404, error.type=404} failed")));
}

TEST_F(HttpRequestSpanTest, KnowsEveryFormOfAHost) {
  for (auto [url, server] : {std::pair("https://example.com/a", "server.address=example.com, server.port=443"),
                             std::pair("http://[::1]/a", "server.address=::1, server.port=80"),
                             std::pair("http://u:p@[::1]:81/a", "server.address=::1, server.port=81")}) {
    TraceContext trace = ContinueTrace(kSampled);
    ClientRequest request = Get(url);
    request.method = "open-sesame";
    Span span = BeginRequestSpan(request, trace);
    span.End();
    EXPECT_THAT(SpanKeeper::Text(keeper_.spans().back()),
                AllOf(StartsWith("client HTTP {http.request.method=_OTHER,"), HasSubstr(server)));
  }
}

TEST_F(HttpRequestSpanTest, IsNotRecordedInATraceThatIsNotSampled) {
  Server server([](const std::string&) { return Ok("fine"); });
  Make("127.0.0.0/8");
  EXPECT_TRUE(SendTraced(Get(server.url()), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").ok());
  EXPECT_THAT(keeper_.spans(), IsEmpty());
}

}  // namespace
}  // namespace overlock::http
