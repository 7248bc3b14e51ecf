#include <zlib.h>

#include <atomic>
#include <cstdlib>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/http_client/http_client_fixture.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

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
  EXPECT_THAT(sent, StartsWith("PUT /path?q=1 HTTP/1.1\r\n"));
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
  EXPECT_THAT(other.requests().at(0), StartsWith("GET /x "));
  EXPECT_THAT(other.requests().at(0), Not(HasSubstr("secret")));
}

// The method and the body of what a redirect with this status makes of a request.
class RedirectedMethods : public HttpClientTest {
 protected:
  std::string Redirected(const std::string& method, int status) {
    Server server([&](const std::string& request) {
      if (request.find(" /there ") != request.npos) return Ok("there");
      return absl::StrCat("HTTP/1.1 ", status, " R\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
    });
    Make("127.0.0.0/8");
    ClientRequest request = Get(server.url());
    request.method = method;
    request.has_body = method != "GET" && method != "HEAD";
    if (request.has_body) request.body = "body";
    request.follow_redirects = true;
    EXPECT_THAT(Send(request), IsOk()) << method << status;
    if (server.requests().size() != 2) return "not followed";
    std::string last = server.requests()[1];
    return absl::StrCat(last.substr(0, last.find(' ')), " ", last.substr(last.find("\r\n\r\n") + 4));
  }
};

TEST_F(RedirectedMethods, AreThoseOfBrowsers) {
  for (int status : {301, 302, 303}) EXPECT_EQ(Redirected("POST", status), "GET ") << status;
  for (int status : {307, 308}) EXPECT_EQ(Redirected("POST", status), "POST body") << status;
  for (int status : {301, 302, 307, 308}) EXPECT_EQ(Redirected("PUT", status), "PUT body") << status;
  EXPECT_EQ(Redirected("PUT", 303), "GET ");
  EXPECT_EQ(Redirected("DELETE", 303), "GET ");
  EXPECT_EQ(Redirected("PATCH", 308), "PATCH body");
  EXPECT_EQ(Redirected("HEAD", 303), "HEAD ");
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

TEST_F(HttpClientTest, LimitsTheResponsesHeaders) {
  Server server([](const std::string& request) {
    std::string headers;
    while (headers.size() < (request.find("/many") == request.npos ? 300u << 10 : 100u << 10)) headers += "X-A: 1\r\n";
    return Ok("x", headers);
  });
  Make("127.0.0.0/8");
  EXPECT_THAT(Send(Get(server.url())), StatusIs(absl::StatusCode::kResourceExhausted, "RESPONSE_TOO_LARGE"));
  absl::StatusOr<ClientResponse> many = Send(Get(server.url("/many")));
  ASSERT_THAT(many, IsOk());
  EXPECT_EQ(many->headers.size(), 256u);
}

std::string Packed(const std::string& text) {
  std::string packed(text.size() + 1000, 0);
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TEST_F(HttpClientTest, UnpacksGzip) {
  const std::string text = absl::StrCat("text", std::string(100'000, 'x'));
  Server server([&](const std::string&) { return Ok(Packed(text), "Content-Encoding: gzip\r\nX-A: 1\r\n"); });
  Make("127.0.0.0/8");
  absl::StatusOr<ClientResponse> response = Send(Get(server.url()));
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->body, text);
  EXPECT_THAT(response->headers, ElementsAre(testing::Pair("X-A", "1")));
  EXPECT_THAT(server.requests().at(0), HasSubstr("Accept-Encoding: gzip\r\n"));

  ClientRequest own = Get(server.url());
  own.headers = {{"accept-encoding", "gzip, br"}};
  EXPECT_EQ(Send(own)->body, Packed(text));
  ClientRequest small = Get(server.url());
  small.response_bytes_max = text.size() - 1;
  EXPECT_THAT(Send(small), StatusIs(absl::StatusCode::kResourceExhausted, "RESPONSE_TOO_LARGE"));
}

TEST_F(HttpClientTest, RefusesGzipThatIsNone) {
  std::string body;
  Server server([&](const std::string&) { return Ok(body, "Content-Encoding: gzip\r\n"); });
  Make("127.0.0.0/8");
  const std::string whole = Packed("text");
  for (const std::string& wrong : {std::string("text"), whole.substr(0, whole.size() - 1), whole + "more"}) {
    body = wrong;
    EXPECT_THAT(Send(Get(server.url())), StatusIs(absl::StatusCode::kUnavailable, "HTTP_FAILED"));
  }
  body = whole + whole;
  EXPECT_EQ(Send(Get(server.url()))->body, "texttext");
  body = "";
  EXPECT_EQ(Send(Get(server.url()))->body, "");
}

TEST_F(HttpClientTest, ReadsChunks) {
  Server server([&](const std::string&) {
    return "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n";
  });
  Make("127.0.0.0/8");
  EXPECT_EQ(Send(Get(server.url()))->body, "onetwo");
}

TEST_F(HttpClientTest, DoesNotLetHeadersConfuseTheConnection) {
  Server server([&](const std::string&) { return Ok("x"); });
  Make("127.0.0.0/8");
  ClientRequest request = Get(server.url());
  request.method = "POST";
  request.body = "GET /smuggled HTTP/1.1\r\nHost: other\r\n\r\n";
  request.has_body = true;
  request.headers = {{"content-length", "0"}, {"Transfer-Encoding", "identity"}, {"Connection", "x-a"}, {"X-A", "1"}};
  ASSERT_THAT(Send(request), IsOk());
  ASSERT_THAT(Send(Get(server.url("/next"))), IsOk());
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_THAT(server.requests()[0], testing::EndsWith(request.body));
  EXPECT_THAT(server.requests()[0], Not(HasSubstr("x-a")));
  EXPECT_THAT(server.requests()[1], StartsWith("GET /next "));
}

TEST_F(HttpClientTest, TheEnvironmentNamesNoProxy) {
  Server proxy([&](const std::string&) { return Ok("proxy"); });
  Server server([&](const std::string&) { return Ok("server"); });
  setenv("http_proxy", proxy.url().c_str(), 1);
  Make("127.0.0.0/8");
  EXPECT_EQ(Send(Get(server.url()))->body, "server");
  unsetenv("http_proxy");
}

TEST_F(HttpClientTest, SendsAllThroughItsProxy) {
  Server proxy([&](const std::string&) { return Ok("proxy"); });
  setenv("no_proxy", "*", 1);
  HttpClientOptions options;
  options.proxy = proxy.url();
  Make("", options);
  EXPECT_EQ(Send(Get("http://outside.test/path"))->body, "proxy");
  EXPECT_THAT(proxy.requests().at(0), StartsWith("GET http://outside.test/path HTTP/1.1\r\n"));
  unsetenv("no_proxy");
}

TEST_F(HttpClientTest, HoldsToTheDeadline) {
  Server server([](const std::string& request) {
    if (request.find(" /part ") == request.npos) return "";
    return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart";
  });
  Make("127.0.0.0/8");
  EXPECT_THAT(Send(Get(server.url("/part")), absl::Milliseconds(50)), StatusIs(absl::StatusCode::kDeadlineExceeded));
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
  HttpClientOptions options;
  options.group_requests_max = 2;
  Make("127.0.0.0/8", options);
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

TEST_F(HttpClientTest, WhatWaitsForOthersHoldsToItsDeadlineToo) {
  Server server([](const std::string&) { return ""; });
  HttpClientOptions options;
  options.group_requests_max = 1;
  Make("127.0.0.0/8", options);
  std::stop_source source;
  std::thread first([&] {
    CallContext call;
    call.stop = source.get_token();
    EXPECT_THAT(BlockOn(client_->Send(Get(server.url()), call)), StatusIs(absl::StatusCode::kCancelled));
  });
  while (server.requests().empty()) std::this_thread::yield();
  EXPECT_THAT(Send(Get(server.url()), absl::Milliseconds(50)), StatusIs(absl::StatusCode::kDeadlineExceeded));
  source.request_stop();
  first.join();
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
