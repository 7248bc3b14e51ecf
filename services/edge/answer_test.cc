#include "services/edge/answer.h"

#include <string>

#include "common/telemetry/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::edge {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class AppendHeadTest : public ::testing::Test {
 protected:
  AppendHeadTest() {
    log::Init(log::Level::kOff, "edge");
    answer_.status = 200;
    answer_.body = "hello";
  }
  void Set(const std::string& name, const std::string& value) {
    auto* header = answer_.headers.Add();
    header->set_name(name);
    header->set_value(value);
  }
  std::string Head() {
    std::string head;
    AppendHead(answer_, options_, head);
    return head;
  }
  Answer answer_;
  HeadOptions options_{"id-1"};
};

TEST_F(AppendHeadTest, HoldsTheLinesThatEveryAnswerHas) {
  EXPECT_THAT(Head(), AllOf(StartsWith("HTTP/1.1 200 OK\r\nDate: "), HasSubstr(" GMT\r\nX-Request-Id: id-1\r\n"),
                            HasSubstr("\r\nVary: Origin\r\nX-Frame-Options: DENY\r\nContent-Length: 5\r\n"),
                            EndsWith("\r\n\r\n"), Not(HasSubstr("Connection"))));
  EXPECT_THAT(Head(), ContainsRegex("Date: [A-Z][a-z][a-z], [0-9][0-9] [A-Z][a-z][a-z] 20[0-9][0-9] "));
}

TEST_F(AppendHeadTest, SaysWhatBecomesOfTheConnection) {
  options_.close = true;
  EXPECT_THAT(Head(), HasSubstr("Connection: close\r\n"));
  options_.close = false;
  options_.say_keep_alive = true;
  EXPECT_THAT(Head(), HasSubstr("Connection: keep-alive\r\n"));
}

TEST_F(AppendHeadTest, KeepsTheFunctionsHeadersAsItSetThem) {
  Set("content-type", "text/plain");
  Set("Set-Cookie", "a=1");
  Set("Set-Cookie", "b=2");
  EXPECT_THAT(Head(), EndsWith("content-type: text/plain\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n"));
}

TEST_F(AppendHeadTest, IgnoresHeadersThatBelongToTheConnection) {
  Set("content-length", "1");
  Set("TRANSFER-ENCODING", "chunked");
  Set("Connection", "upgrade");
  Set("Date", "yesterday");
  Set("X-Request-Id", "mine");
  EXPECT_THAT(Head(), AllOf(HasSubstr("Content-Length: 5\r\n"), Not(HasSubstr("TRANSFER")), Not(HasSubstr("upgrade")),
                            Not(HasSubstr("yesterday")), Not(HasSubstr("mine")), Not(HasSubstr("content-length"))));
}

TEST_F(AppendHeadTest, LeavesOutHeadersThatWouldAddLines) {
  Set("X-A", "1\r\nX-Injected: 1");
  Set("X-B\r\nX-Injected", "2");
  Set("X C", "3");
  Set("", "4");
  Set("X-D", std::string("5\0", 2));
  Set("X-E", "6");
  EXPECT_THAT(Head(), AllOf(Not(HasSubstr("Injected")), Not(HasSubstr("X-A")), Not(HasSubstr("X C")),
                            Not(HasSubstr("X-D")), EndsWith("Content-Length: 5\r\nX-E: 6\r\n\r\n")));
}

TEST_F(AppendHeadTest, LetsTheFunctionSayWhatTheEdgeOnlySuggests) {
  answer_.lines = "Access-Control-Allow-Origin: https://a.test\r\nX-Other: 1\r\n";
  Set("x-frame-options", "SAMEORIGIN");
  Set("access-control-allow-origin", "*");
  EXPECT_THAT(Head(), AllOf(Not(HasSubstr("DENY")), Not(HasSubstr("a.test")), HasSubstr("X-Other: 1\r\n"),
                            HasSubstr("access-control-allow-origin: *\r\n")));
}

TEST_F(AppendHeadTest, HasNoLengthWhereThereIsNoBody) {
  for (int status : {204, 304}) {
    answer_.status = status;
    EXPECT_THAT(Head(), Not(HasSubstr("Content-Length")));
  }
}

TEST_F(AppendHeadTest, WritesAStatusWithoutAPhrase) {
  answer_.status = 299;
  EXPECT_THAT(Head(), StartsWith("HTTP/1.1 299 \r\n"));
}

TEST(MakeAnswerTest, TellsAProblem) {
  Problem problem{405, "InvalidParameter", "no", Cause::kMethod, 3, "GET, OPTIONS"};
  Answer answer = MakeAnswer(problem, "", "id");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.body, R"({"error":"no","error_code":"InvalidParameter"})");
  EXPECT_EQ(answer.lines, "Content-Type: application/json\r\nAllow: GET, OPTIONS\r\nRetry-After: 3\r\n");
  EXPECT_EQ(answer.cause, Cause::kMethod);
}

}  // namespace
}  // namespace overlock::edge
