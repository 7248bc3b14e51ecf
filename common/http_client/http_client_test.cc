#include "common/http_client/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Answers each connection's requests with what `answer` makes of them; without an answer it says nothing until its end.
class Server {
 public:
  using Answer = std::function<std::string(const std::string& request)>;

  explicit Server(Answer answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 64);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Accept(); });
  }
  ~Server() {
    stop_ = true;
    thread_.join();
    for (std::thread& thread : connections_) thread.join();
    close(listener_);
  }

  int port() const { return port_; }
  std::string url(const std::string& path = "/") const { return absl::StrCat("http://127.0.0.1:", port_, path); }
  int connections() const { return accepted_; }
  std::vector<std::string> requests() {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  bool Readable(int fd) const {
    while (!stop_) {
      pollfd readable = {fd, POLLIN, 0};
      if (poll(&readable, 1, 10) > 0) return true;
    }
    return false;
  }
  void Accept() {
    while (Readable(listener_)) {
      int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      ++accepted_;
      connections_.emplace_back([this, fd] { Serve(fd); });
    }
  }
  void Serve(int fd) {
    std::string buffer;
    while (Readable(fd)) {
      char bytes[65536];
      ssize_t got = read(fd, bytes, sizeof(bytes));
      if (got <= 0) break;
      buffer.append(bytes, static_cast<size_t>(got));
      while (true) {
        size_t end = buffer.find("\r\n\r\n");
        if (end == buffer.npos) break;
        size_t length = 0;
        if (size_t at = buffer.find("Content-Length: "); at < end) length = std::stoul(buffer.substr(at + 16));
        if (buffer.size() < end + 4 + length) break;
        std::string request = buffer.substr(0, end + 4 + length);
        buffer.erase(0, request.size());
        {
          std::lock_guard lock(mutex_);
          requests_.push_back(request);
        }
        std::string answer = answer_(request);
        if (answer.empty()) continue;
        if (write(fd, answer.data(), answer.size()) < 0) break;
      }
    }
    close(fd);
  }

  const Answer answer_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> accepted_ = 0;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
  std::vector<std::thread> connections_;
};

std::string Ok(const std::string& body, const std::string& headers = "") {
  return absl::StrCat("HTTP/1.1 200 Fine\r\nContent-Length: ", body.size(), "\r\n", headers, "\r\n", body);
}

class HttpClientTest : public testing::Test {
 protected:
  ~HttpClientTest() override {
    loops_.Stop();
    client_ = nullptr;
  }
  void Make(const std::string& allow, int group_requests_max = 25) {
    HttpClientOptions options;
    options.guard = *AddressGuard::Parse(allow);
    options.group_requests_max = group_requests_max;
    client_ = *HttpClient::Make(loops_.Get(0), std::move(options));
  }
  absl::StatusOr<ClientResponse> Send(ClientRequest request, absl::Duration timeout = absl::Seconds(10)) {
    CallContext call;
    call.deadline = absl::Now() + timeout;
    return BlockOn(client_->Send(std::move(request), std::move(call)));
  }
  static ClientRequest Get(const std::string& url) {
    ClientRequest request;
    request.url = url;
    return request;
  }

  EventLoops loops_{1};
  std::unique_ptr<HttpClient> client_;
};

TEST_F(HttpClientTest, SendsARequestAndGivesTheResponse) {
  Server server([](const std::string&) { return Ok(std::string("a\0b", 3), "X-A: 1\r\nx-a:  2 \r\n"); });
  Make("127.0.0.0/8");
  ClientRequest request = Get(server.url("/path?q=1"));
  request.method = "PUT";
  request.headers = {{"X-Own", "value"}, {"X-Own", "again"}, {"X-Empty", ""}};
  request.body = std::string("x\0y", 3);
  request.has_body = true;
  absl::StatusOr<ClientResponse> response = Send(request);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->reason, "Fine");
  EXPECT_EQ(response->body, std::string("a\0b", 3));
  EXPECT_THAT(response->headers,
              ElementsAre(testing::Pair("Content-Length", "3"), testing::Pair("X-A", "1"), testing::Pair("x-a", "2")));
  std::string sent = server.requests().at(0);
  EXPECT_THAT(sent, testing::StartsWith("PUT /path?q=1 HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("X-Own: value\r\nX-Own: again\r\nX-Empty:\r\n"));
  EXPECT_THAT(sent, testing::EndsWith(std::string("\r\n\r\nx\0y", 7)));
  EXPECT_THAT(sent, Not(HasSubstr("x-www-form-urlencoded")));
}

TEST_F(HttpClientTest, AnErrorStatusIsAResponse) {
  Server server([](const std::string&) { return "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"; });
  Make("127.0.0.0/8");
  EXPECT_EQ(Send(Get(server.url()))->status, 503);
}

TEST_F(HttpClientTest, UsesAConnectionAgain) {
  Server server([](const std::string&) { return Ok("x"); });
  Make("127.0.0.0/8");
  for (int i = 0; i < 5; ++i) ASSERT_THAT(Send(Get(server.url())), IsOk());
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, RefusesRestrictedAddresses) {
  Server server([](const std::string&) { return Ok("secret"); });
  Make("");
  const std::string port = absl::StrCat(server.port());
  for (const std::string& host :
       {std::string("127.0.0.1"), std::string("localhost"), std::string("2130706433"), std::string("0x7f.1"),
        std::string("0177.0.0.1"), std::string("[::ffff:127.0.0.1]"), std::string("0"), std::string("127.1")}) {
    absl::StatusOr<ClientResponse> response = Send(Get("http://" + host + ":" + port + "/"));
    EXPECT_FALSE(response.ok()) << host;
  }
  EXPECT_THAT(Send(Get(server.url())), StatusIs(absl::StatusCode::kPermissionDenied, "RESTRICTED_HOST"));
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpClientTest, ChecksRedirectsToo) {
  Server inside([](const std::string&) { return Ok("secret"); });
  Server outside([&](const std::string&) {
    return absl::StrCat("HTTP/1.1 302 Found\r\nLocation: ", inside.url(), "\r\nContent-Length: 0\r\n\r\n");
  });
  Make(absl::StrCat("127.0.0.1:", outside.port()));
  ClientRequest request = Get(outside.url());
  EXPECT_EQ(Send(request)->status, 302);
  request.follow_redirects = true;
  EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kPermissionDenied, "RESTRICTED_HOST"));
  EXPECT_EQ(inside.connections(), 0);
}

TEST_F(HttpClientTest, FollowsRedirectsWithoutGivingSecretsAway) {
  Server other([](const std::string&) { return Ok("there"); });
  Server first([&](const std::string&) {
    return absl::StrCat("HTTP/1.1 303 See\r\nLocation: http://localhost:", other.port(),
                        "/x\r\nContent-Length: 0\r\n\r\n");
  });
  Make("127.0.0.0/8,::1/128");
  ClientRequest request = Get(first.url());
  request.method = "POST";
  request.body = "form";
  request.has_body = true;
  request.headers = {{"Authorization", "Bearer secret"}, {"Cookie", "session=secret"}};
  request.follow_redirects = true;
  absl::StatusOr<ClientResponse> response = Send(request);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->body, "there");
  EXPECT_EQ(response->redirects, 1);
  EXPECT_THAT(first.requests().at(0), HasSubstr("Bearer secret"));
  EXPECT_THAT(other.requests().at(0), testing::StartsWith("GET /x "));
  EXPECT_THAT(other.requests().at(0), Not(HasSubstr("secret")));
}

TEST_F(HttpClientTest, EndsEndlessRedirects) {
  Server server([](const std::string&) { return "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"; });
  Make("127.0.0.0/8");
  ClientRequest request = Get(server.url());
  request.follow_redirects = true;
  EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kUnavailable, "HTTP_FAILED"));
}

TEST_F(HttpClientTest, DoesNotFollowToOtherSchemes) {
  Server server([](const std::string&) {
    return "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n";
  });
  Make("127.0.0.0/8");
  ClientRequest request = Get(server.url());
  request.follow_redirects = true;
  EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kUnavailable, "HTTP_FAILED"));
}

TEST_F(HttpClientTest, LimitsTheResponse) {
  Server server([](const std::string&) { return Ok(std::string(1000, 'x')); });
  Make("127.0.0.0/8");
  ClientRequest request = Get(server.url());
  request.response_bytes_max = 999;
  EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kResourceExhausted, "RESPONSE_TOO_LARGE"));
  request.response_bytes_max = 1000;
  EXPECT_THAT(Send(request), IsOk());
}

TEST_F(HttpClientTest, HoldsToTheDeadline) {
  Server server([](const std::string&) { return ""; });
  Make("127.0.0.0/8");
  EXPECT_THAT(Send(Get(server.url()), absl::Milliseconds(50)), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(Send(Get(server.url()), absl::ZeroDuration()), StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(HttpClientTest, StopsWhenNobodyWaits) {
  std::stop_source source;
  Server server([&](const std::string&) {
    source.request_stop();
    return "";
  });
  Make("127.0.0.0/8");
  CallContext call;
  call.stop = source.get_token();
  EXPECT_THAT(BlockOn(client_->Send(Get(server.url()), call)), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(HttpClientTest, OneGroupHasSoManyRequestsAtATime) {
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  std::atomic<bool> answer = false;
  Server server([&](const std::string&) {
    int count = ++now;
    for (int seen = most; seen < count && !most.compare_exchange_weak(seen, count);) {
    }
    while (!answer && count >= 2) std::this_thread::yield();
    --now;
    return Ok("x");
  });
  Make("127.0.0.0/8", 2);
  std::vector<std::thread> senders;
  std::atomic<int> succeeded = 0;
  for (int i = 0; i < 6; ++i) {
    senders.emplace_back([&] { succeeded += Send(Get(server.url())).ok(); });
  }
  while (server.requests().size() < 2) std::this_thread::yield();
  answer = true;
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(succeeded, 6);
  EXPECT_LE(most, 2);
}

TEST_F(HttpClientTest, RefusesWhatMustNotBeSent) {
  Make("127.0.0.0/8");
  auto reason = [&](auto change) {
    ClientRequest request = Get("http://127.0.0.1:1/");
    change(request);
    return std::string(ReasonOf(Send(request).status()));
  };
  EXPECT_EQ(reason([](ClientRequest& r) { r.method = "GET / HTTP/1.1\r\nX: y"; }), "BAD_REQUEST");
  EXPECT_EQ(reason([](ClientRequest& r) { r.method = ""; }), "BAD_REQUEST");
  EXPECT_EQ(reason([](ClientRequest& r) { r.url = "file:///etc/passwd"; }), "BAD_REQUEST");
  EXPECT_EQ(reason([](ClientRequest& r) { r.url = "http://a/\r\nX: y"; }), "BAD_REQUEST");
  EXPECT_EQ(reason([](ClientRequest& r) { r.url = "http://"; }), "BAD_REQUEST");
  EXPECT_EQ(reason([](ClientRequest& r) { r.headers = {{"a", "b\r\nc: d"}}; }), "BAD_REQUEST");
  EXPECT_EQ(reason([](ClientRequest& r) { r.headers = {{"a b", "c"}}; }), "BAD_REQUEST");
  EXPECT_EQ(reason([](ClientRequest& r) { r.headers = {{"a", std::string(1 << 20, 'x')}}; }), "BAD_REQUEST");
  EXPECT_EQ(reason([](ClientRequest&) {}), "HTTP_FAILED");
}

TEST_F(HttpClientTest, RefusesAFileWithoutCertificates) {
  HttpClientOptions options;
  options.ca_file = "/dev/null";
  EXPECT_THAT(HttpClient::Make(loops_.Get(0), options), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_CA_FILE"));
}

}  // namespace
}  // namespace overlock::http
