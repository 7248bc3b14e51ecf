#include "common/http/admin_server.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AdminServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = AdminServer::Start("127.0.0.1:0", loops_.Get(0),
                                     {{"/healthz",
                                       [] {
                                         return AdminResponse{200, "text/plain", "ok\n"};
                                       }},
                                      {"/readyz", [] {
                                         return AdminResponse{503, "text/plain", "auth: not yet\n"};
                                       }}});
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
  }

  tcp::socket Connect() {
    tcp::socket socket(client_);
    socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), static_cast<uint16_t>(server_->port())));
    return socket;
  }

  // Sends the bytes and reads until the server closes.
  std::string Exchange(const std::string& bytes) {
    tcp::socket socket = Connect();
    asio::write(socket, asio::buffer(bytes));
    std::string answer;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(answer), error);
    return answer;
  }

  EventLoops loops_{1};
  asio::io_context client_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, AnswersWithWhatTheHandlerSays) {
  EXPECT_THAT(Exchange("GET /healthz?x=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Type: text/plain\r\n"), EndsWith("ok\n")));
  EXPECT_THAT(Exchange("GET /readyz HTTP/1.0\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.0 503 "), EndsWith("auth: not yet\n")));
}

TEST_F(AdminServerTest, LeavesTheBodyOutForHead) {
  EXPECT_THAT(Exchange("HEAD /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 3\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(AdminServerTest, RefusesUnknownPathsAndOtherMethods) {
  EXPECT_THAT(Exchange("GET / HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 404 "));
  EXPECT_THAT(Exchange("DELETE /healthz HTTP/1.0\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.0 405 "), HasSubstr("Allow: GET, HEAD\r\n")));
}

TEST_F(AdminServerTest, KeepsTheConnectionForTheNextRequest) {
  std::string request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
  std::string last = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  std::string answers = Exchange(request + last);
  EXPECT_THAT(answers.substr(10), HasSubstr("HTTP/1.1 200 OK"));
}

TEST_F(AdminServerTest, ClosesWhenTheHeaderIsTooLarge) {
  EXPECT_EQ(Exchange(absl::StrCat("GET /healthz HTTP/1.1\r\nX: ", std::string(9000, 'x'), "\r\n\r\n")), "");
}

TEST_F(AdminServerTest, ClosesConnectionsBeyondTheLimitAndServesAgainWhenOneIsFree) {
  std::vector<tcp::socket> held;
  for (int i = 0; i < 64; ++i) {
    held.push_back(Connect());
    // An answer proves that this connection is counted.
    asio::write(held.back(), asio::buffer(std::string("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")));
    std::string answer;
    asio::read_until(held.back(), asio::dynamic_buffer(answer), "ok\n");
  }
  tcp::socket refused = Connect();
  std::string answer;
  boost::system::error_code error;
  asio::read(refused, asio::dynamic_buffer(answer), error);
  EXPECT_EQ(answer, "");
  held.pop_back();
  // The server sees the close some time; until then it refuses.
  for (int i = 0; i < 1000 && answer.empty(); ++i) {
    tcp::socket socket = Connect();
    asio::write(socket, asio::buffer(std::string("GET /healthz HTTP/1.0\r\n\r\n")), error);
    answer.clear();
    asio::read(socket, asio::dynamic_buffer(answer), error);
  }
  EXPECT_THAT(answer, HasSubstr("200 OK"));
}

TEST_F(AdminServerTest, ClosesConnectionsWhenItStops) {
  tcp::socket idle = Connect();
  asio::write(idle, asio::buffer(std::string("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")));
  std::string answer;
  asio::read_until(idle, asio::dynamic_buffer(answer), "ok\n");
  server_->Stop();
  boost::system::error_code error;
  answer.clear();
  asio::read(idle, asio::dynamic_buffer(answer), error);
  EXPECT_EQ(error, asio::error::eof);
}

TEST(AdminServerStartTest, SaysThatAnAddressIsTaken) {
  EventLoops loops(1);
  auto first = AdminServer::Start("127.0.0.1:0", loops.Get(0), {});
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(AdminServer::Start(absl::StrCat("127.0.0.1:", (*first)->port()), loops.Get(0), {}),
              StatusIs(absl::StatusCode::kUnavailable, "LISTEN_FAILED"));
  EXPECT_THAT(AdminServer::Start("nowhere", loops.Get(0), {}),
              StatusIs(absl::StatusCode::kInvalidArgument, "BAD_ADDRESS"));
}

}  // namespace
}  // namespace overlock::http
