// HTTP itself: framing, limits, connections, time.
#include "services/edge/session.h"

#include <future>
#include <string>

#include "services/edge/edge_fixture.h"

namespace overlock::edge {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class SessionTest : public EdgeTest {
 protected:
  // The executor answers with the body that it got.
  void Echo() {
    ON_CALL(executor_, Execute)
        .WillByDefault(
            Does([](ExecuteRequest request, Body body, CallContext) -> Task<absl::StatusOr<ExecuteResponse>> {
              co_return Responded(200, absl::StrCat(request.webhook().webhook(), ":", body.view()));
            }));
    EXPECT_CALL(executor_, Execute).Times(::testing::AnyNumber());
  }
};

TEST_F(SessionTest, KeepsTheConnectionForTheNextRequest) {
  Echo();
  StartEdge();
  Client client = Connect();
  for (const char* body : {"one", "two", "three"}) {
    client.Send(Request("POST", "post", "", body));
    EXPECT_THAT(client.ReadAnswer(), AllOf(EndsWith(absl::StrCat("post:", body)), Not(HasSubstr("Connection:"))));
  }
  client.Send(Request("GET", "get", "Connection: close\r\n"));
  EXPECT_THAT(client.ReadAll(), AllOf(HasSubstr("Connection: close\r\n"), EndsWith("get:")));
}

TEST_F(SessionTest, AnswersPipelinedRequestsInOrder) {
  Echo();
  StartEdge();
  Client client = Connect();
  client.Send(Request("POST", "post", "", "1") + Request("GET", "post") + "\r\n" + Request("POST", "post", "", "2") +
              Request("POST", "any", "Connection: close\r\n", "3"));
  EXPECT_THAT(client.ReadAnswer(), EndsWith("post:1"));
  EXPECT_THAT(client.ReadAnswer(), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(client.ReadAnswer(), EndsWith("post:2"));
  EXPECT_THAT(client.ReadAll(), EndsWith("any:3"));
}

TEST_F(SessionTest, ReadsARequestThatArrivesByteByByte) {
  Echo();
  StartEdge();
  Client client = Connect();
  for (char c : Request("POST", "post", "X-A: b\r\n", "slow")) client.Send(std::string_view(&c, 1));
  EXPECT_THAT(client.ReadAnswer(), EndsWith("post:slow"));
}

TEST_F(SessionTest, ReadsChunkedBodiesAndDropsTrailers) {
  Seen<ExecuteRequest> seen;
  EXPECT_CALL(executor_, Execute)
      .WillOnce(
          Does([&seen](ExecuteRequest request, Body body, CallContext call) -> Task<absl::StatusOr<ExecuteResponse>> {
            seen.Set(std::move(request), std::string(body.view()), std::move(call));
            co_return Responded(200, "ok");
          }));
  EXPECT_THAT(Exchange(Request("POST", "post", "Transfer-Encoding: chunked\r\n") +
                       "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX-Hook-Signature: sha256=forged\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(seen.body(), "abc0123456789");
  ExecuteRequest message = seen.message();
  for (const auto& header : message.request().headers()) EXPECT_NE(header.name(), "X-Hook-Signature");
}

TEST_F(SessionTest, AnswersTheOldProtocolToo) {
  Echo();
  StartEdge();
  Client once = Connect();
  once.Send(absl::StrCat("GET ", Path("get"), " HTTP/1.0\r\n\r\n"));
  EXPECT_THAT(once.ReadAll(), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Connection: close\r\n"), EndsWith("get:")));
  Client twice = Connect();
  for (int i = 0; i < 2; ++i) {
    twice.Send(absl::StrCat("GET ", Path("get"), " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    EXPECT_THAT(twice.ReadAnswer(), HasSubstr("Connection: keep-alive\r\n"));
  }
}

TEST_F(SessionTest, UnderstandsAnAbsoluteTarget) {
  Echo();
  EXPECT_THAT(Exchange(absl::StrCat("GET http://edge.test", Path("get"), "?a=1 HTTP/1.1\r\nHost: edge.test\r\n\r\n")),
              EndsWith("get:"));
}

TEST_F(SessionTest, SuppressesTheBodyForHead) {
  Echo();
  StartEdge();
  Client client = Connect();
  client.Send(Request("HEAD", "head") + Request("HEAD", "get") + Request("GET", "get"));
  EXPECT_THAT(client.ReadAnswer(/*head_only=*/true),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Content-Length: 5\r\n")));
  EXPECT_THAT(client.ReadAnswer(/*head_only=*/true), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(client.ReadAnswer(), EndsWith("get:"));
}

TEST_F(SessionTest, SendsNoBodyWhereTheStatusHasNone) {
  EXPECT_CALL(executor_, Execute).WillOnce(Answers(Responded(204, "x"))).WillOnce(Answers(Responded(304, "x")));
  StartEdge();
  Client client = Connect();
  client.Send(Request("GET", "get") + Request("GET", "get", "Connection: close\r\n"));
  std::string answers = client.ReadAll();
  EXPECT_THAT(answers, AllOf(StartsWith("HTTP/1.1 204 "), HasSubstr("\r\n\r\nHTTP/1.1 304 "), EndsWith("\r\n\r\n"),
                             Not(HasSubstr("Content-Length"))));
}

TEST_F(SessionTest, SendsALargeAnswerWhole) {
  std::string large(12'000'000, 'y');
  EXPECT_CALL(executor_, Execute).WillOnce(Answers(Responded(200, large)));
  std::string answer = Exchange(Request("GET", "get"));
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, large.size());
}

TEST_F(SessionTest, SaysContinueOnlyWhenTheRequestMayGoOn) {
  Echo();
  StartEdge();
  Client client = Connect();
  client.Send(Request("POST", "post", "Content-Length: 4\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("body");
  EXPECT_THAT(client.ReadAnswer(), EndsWith("post:body"));
  // The method is checked before the body is read; whether the client sends it now is unknown, so this is the end.
  client.Send(Request("PUT", "post", "Content-Length: 4\r\nExpect: 100-continue\r\n"));
  EXPECT_THAT(client.ReadAll(), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Connection: close\r\n")));
}

TEST_F(SessionTest, RefusesAnotherExpectation) {
  EXPECT_THAT(Exchange(Request("POST", "post", "Expect: miracles\r\n")), StartsWith("HTTP/1.1 417 "));
}

TEST_F(SessionTest, RefusesBeforeTheBodyIsReadAndGoesOnAfterASmallOne) {
  Echo();
  StartEdge();
  Client client = Connect();
  client.Send(Request("PUT", "post", "Content-Length: 10\r\n") + "01234");
  EXPECT_THAT(client.ReadAnswer(), StartsWith("HTTP/1.1 405 "));
  client.Send("56789" + Request("PUT", "post", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\n0\r\n\r\n" +
              Request("POST", "post", "", "next"));
  EXPECT_THAT(client.ReadAnswer(), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(client.ReadAnswer(), EndsWith("post:next"));
}

TEST_F(SessionTest, ClosesAfterRefusingALargeBody) {
  StartEdge();
  Client client = Connect();
  client.Send(Request("PUT", "post", "Content-Length: 1000000\r\n"));
  EXPECT_THAT(client.ReadAll(), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Connection: close\r\n")));
}

TEST_F(SessionTest, RefusesALengthBeyondTheLimitAtOnce) {
  StartEdge();
  Client client = Connect();
  client.Send(Request("POST", "post", absl::StrCat("Content-Length: ", 18 * 1024 * 1024, "\r\n")));
  EXPECT_THAT(client.ReadAll(), AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("ReadSizeLimitExceeded")));
}

TEST_F(SessionTest, CountsTheBytesOfAChunkedBody) {
  StartEdge();
  Client client = Connect();
  client.Send(Request("POST", "post", "Transfer-Encoding: chunked\r\n"));
  std::string chunk = absl::StrCat("100000\r\n", std::string(1 << 20, 'x'), "\r\n");
  for (int i = 0; i < 17; ++i) client.Send(chunk);
  client.Send("FFFFF\r\n");
  EXPECT_THAT(client.ReadAll(), AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("ReadSizeLimitExceeded")));
}

TEST_F(SessionTest, TakesARequestOfJustTheLimit) {
  EXPECT_CALL(executor_, Execute)
      .WillOnce(Does([](ExecuteRequest, Body body, CallContext) -> Task<absl::StatusOr<ExecuteResponse>> {
        co_return Responded(200, std::to_string(body.size()));
      }));
  std::string head = Request("POST", "post", "Content-Length: 18870000\r\n");
  EXPECT_THAT(Exchange(head + std::string(18'870'000, 'x')), EndsWith("\r\n\r\n18870000"));
}

TEST_F(SessionTest, LimitsTheHeader) {
  Echo();
  StartEdge();
  std::string lines;
  for (int i = 0; i < 99; ++i) absl::StrAppend(&lines, "X-", i, ": v\r\n");
  EXPECT_THAT(Exchange(Request("GET", "get", lines)), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(
      Exchange(Request("GET", "get", lines + "X-99: v\r\n")),
      AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("ReadSizeLimitExceeded"), HasSubstr("Connection: close\r\n")));
  EXPECT_THAT(Exchange(Request("GET", "get", absl::StrCat("X-Big: ", std::string(60'000, 'x'), "\r\n"))),
              StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Exchange(Request("GET", "get", absl::StrCat("X-Big: ", std::string(66'000, 'x'), "\r\n"))),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Exchange(absl::StrCat("GET /", std::string(70'000, 'x'), " HTTP/1.1\r\n")), StartsWith("HTTP/1.1 413 "));
  // Line by line, each small.
  std::string many;
  for (int i = 0; i < 80; ++i) absl::StrAppend(&many, "X-", i, ": ", std::string(1000, 'x'), "\r\n");
  EXPECT_THAT(Exchange(Request("GET", "get", many)), StartsWith("HTTP/1.1 413 "));
}

TEST_F(SessionTest, LimitsTrailersAndChunkExtensions) {
  Echo();
  StartEdge();
  std::string chunked = Request("POST", "post", "Transfer-Encoding: chunked\r\n");
  EXPECT_THAT(Exchange(chunked + "1;" + std::string(140'000, 'x')), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Exchange(chunked + "0\r\nX: " + std::string(140'000, 'x')), StartsWith("HTTP/1.1 413 "));
}

TEST_F(SessionTest, RefusesWhatIsNotHttp) {
  StartEdge();
  for (const char* bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/3.0\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nX : y\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: a\nb\r\n\r\n",
        "\x16\x03\x01\x02\r\n\r\n"}) {
    Client client = Connect();
    client.Send(bytes);
    client.CloseSending();
    EXPECT_THAT(client.ReadAll(), AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("Connection: close\r\n"),
                                        HasSubstr(R"({"error":"malformed HTTP request: )")))
        << bytes;
  }
}

TEST_F(SessionTest, RefusesFramingOnWhichServersDisagree) {
  StartEdge();
  std::string smuggled = Request("GET", "get");
  for (const char* lines :
       {"Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
        "Host: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n", "Host: a\r\nContent-Length: 5, 5\r\n",
        "Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n", "Host: a\r\nTransfer-Encoding: chunked, identity\r\n",
        "Host: a\r\nTransfer-Encoding: identity\r\n", "Host: a\r\nTransfer-Encoding: xchunked\r\n",
        "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "", "Host: a\r\nHost: b\r\n",
        "Host: \r\n", "Host: a b\r\n", "Host: a/b\r\n", "Host: \xff\r\n"}) {
    Client client = Connect();
    client.Send(absl::StrCat("POST ", Path("post"), " HTTP/1.1\r\n", lines, "\r\n", smuggled));
    client.CloseSending();
    std::string answer = client.ReadAll();
    EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("Connection: close\r\n"))) << lines;
    // What looks like a second request is never answered.
    EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << lines;
  }
  Client old = Connect();
  old.Send(absl::StrCat("POST ", Path("post"), " HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
  EXPECT_THAT(old.ReadAll(), StartsWith("HTTP/1.1 400 "));
}

TEST_F(SessionTest, RefusesABrokenChunk) {
  StartEdge();
  Client client = Connect();
  client.Send(Request("POST", "post", "Transfer-Encoding: chunked\r\n") + "zz\r\nabc\r\n0\r\n\r\n" +
              Request("GET", "get"));
  client.CloseSending();
  std::string answer = client.ReadAll();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos);
}

TEST_F(SessionTest, EndsAConnectionThatWaitsTooLong) {
  options_.idle_timeout = absl::Milliseconds(30);
  Echo();
  StartEdge();
  Client silent = Connect();
  EXPECT_EQ(silent.ReadAll(), "");
  Client once = Connect();
  once.Send(Request("GET", "get"));
  EXPECT_THAT(once.ReadAll(), EndsWith("get:"));
}

TEST_F(SessionTest, SaysThatARequestTookTooLongToArrive) {
  options_.header_timeout = absl::Milliseconds(30);
  options_.body_timeout = absl::Milliseconds(30);
  StartEdge();
  Client head = Connect();
  head.Send("GET / HT");
  EXPECT_THAT(head.ReadAll(), AllOf(StartsWith("HTTP/1.1 408 "), HasSubstr("Connection: close\r\n")));
  Client body = Connect();
  body.Send(Request("POST", "post", "Content-Length: 10\r\n") + "01234");
  EXPECT_THAT(body.ReadAll(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(SessionTest, EndsAConnectionThatDoesNotReadItsAnswer) {
  options_.body_timeout = absl::Milliseconds(30);
  std::promise<void> answered;
  EXPECT_CALL(executor_, Execute)
      .WillOnce(Does([&answered](ExecuteRequest, Body, CallContext) -> Task<absl::StatusOr<ExecuteResponse>> {
        answered.set_value();
        co_return Responded(200, std::string(18'000'000, 'x'));
      }));
  StartEdge();
  Client client = Connect();
  client.Send(Request("GET", "get"));
  answered.get_future().wait();
  // The connection is given up although this client has read nothing.
  while (context_->metrics.connections() > 0) std::this_thread::yield();
  EXPECT_LT(client.ReadAll().size(), 18'000'000u);
}

TEST_F(SessionTest, StopsTheCallWhenTheClientGoesAway) {
  std::promise<void> stopped, started;
  EXPECT_CALL(executor_, Execute)
      .WillOnce(Does([&](ExecuteRequest, Body, CallContext call) -> Task<absl::StatusOr<ExecuteResponse>> {
        started.set_value();
        while (!call.stop.stop_requested()) co_await Delay(absl::Milliseconds(1));
        stopped.set_value();
        co_return absl::CancelledError("stopped");
      }));
  StartEdge();
  Client client = Connect();
  client.Send(Request("GET", "get") + Request("GET", "get"));
  started.get_future().wait();
  client.Close();
  EXPECT_EQ(stopped.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  listener_.reset();
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("overlock_edge_refusals_total{cause=\"client_gone\"} 1"));
}

TEST_F(SessionTest, StopsACallThatOutlivesItsDeadline) {
  options_.overhead_max = -absl::Seconds(91);
  EXPECT_CALL(executor_, Execute)
      .WillOnce(Does([](ExecuteRequest, Body, CallContext call) -> Task<absl::StatusOr<ExecuteResponse>> {
        while (!call.stop.stop_requested()) co_await Delay(absl::Milliseconds(1));
        co_return absl::DeadlineExceededError("too late");
      }));
  EXPECT_THAT(Exchange(Request("GET", "get")), StartsWith("HTTP/1.1 504 "));
}

}  // namespace
}  // namespace overlock::edge
