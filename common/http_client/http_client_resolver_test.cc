// What the client does about names: this program answers for the system's resolver.
#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/http_client/http_client_fixture.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

std::atomic<int> asked = 0;
std::atomic<int> at_once = 0;
std::atomic<int> most_at_once = 0;
// Names that begin with `slow` are resolved once this is set.
std::atomic<bool> released = false;

}  // namespace

// Stands before the C library's, also for libcurl. Every name of the domain `test` is 127.0.0.1.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string_view name = node == nullptr ? "" : node;
  if (!name.ends_with(".test")) return real(node, service, hints, result);
  ++asked;
  if (name.starts_with("slow")) {
    const int now = ++at_once;
    for (int seen = most_at_once; seen < now && !most_at_once.compare_exchange_weak(seen, now);) {
    }
    while (!released) std::this_thread::yield();
    --at_once;
  }
  return real("127.0.0.1", service, hints, result);
}

namespace overlock::http {
namespace {

using testing::HasSubstr;

class NamesTest : public HttpClientTest {
 protected:
  NamesTest() {
    asked = 0;
    most_at_once = 0;
    released = false;
  }
  ~NamesTest() override { released = true; }
  std::string Url(const std::string& name) const { return absl::StrCat("http://", name, ":", server_.port(), "/"); }

  Server server_{[](const std::string&) { return Ok("inside"); }};
};

TEST_F(NamesTest, ThatMeanRestrictedAddressesAreRefused) {
  Make("");
  absl::StatusOr<ClientResponse> response = Send(Get(Url("rebound.test")));
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kPermissionDenied, "RESTRICTED_HOST"));
  EXPECT_THAT(response.status().message(), HasSubstr("rebound.test"));
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(NamesTest, AreNotAskedForAgainBetweenCheckAndConnection) {
  Make("127.0.0.0/8");
  EXPECT_THAT(Send(Get(Url("once.test"))), IsOk());
  EXPECT_EQ(asked, 1);
}

TEST_F(NamesTest, OfTheListMayHaveAnyAddress) {
  Make(absl::StrCat("minio.test:", server_.port()));
  EXPECT_THAT(Send(Get(Url("minio.test"))), IsOk());
  EXPECT_THAT(Send(Get(Url("Minio.TEST"))), IsOk());
  EXPECT_THAT(Send(Get(Url("other.test"))), StatusIs(absl::StatusCode::kPermissionDenied, "RESTRICTED_HOST"));
  EXPECT_THAT(Send(Get(server_.url())), StatusIs(absl::StatusCode::kPermissionDenied, "RESTRICTED_HOST"));
}

TEST_F(NamesTest, OfTheListAreCheckedAtEachRedirect) {
  Server first([&](const std::string&) {
    return absl::StrCat("HTTP/1.1 302 Found\r\nLocation: ", server_.url(), "\r\nContent-Length: 0\r\n\r\n");
  });
  Make("first.test");
  ClientRequest request = Get(absl::StrCat("http://first.test:", first.port(), "/"));
  request.follow_redirects = true;
  EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kPermissionDenied, "RESTRICTED_HOST"));
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(NamesTest, ThatAreSlowHoldNobodyElseUp) {
  Make("127.0.0.0/8");
  EXPECT_THAT(Send(Get(Url("slow.test")), absl::Milliseconds(20)), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(Send(Get(server_.url())), IsOk());
  EXPECT_FALSE(released);
}

TEST_F(NamesTest, ThatAreSlowDoNotMakeThreadsWithoutEnd) {
  HttpClientOptions options;
  options.group_requests_max = 3;
  Make("127.0.0.0/8", options);
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(Send(Get(Url(absl::StrCat("slow", i, ".test"))), absl::Milliseconds(5)),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
  EXPECT_LE(most_at_once, 3);
  released = true;
  // Whoever nobody waits for any more does not connect.
  EXPECT_THAT(Send(Get(server_.url())), IsOk());
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(NamesTest, ThatAreSlowDoNotHoldUpTheEnd) {
  Make("127.0.0.0/8");
  std::stop_source source;
  std::thread sender([&] {
    CallContext call;
    call.stop = source.get_token();
    EXPECT_THAT(BlockOn(client_->Send(Get(Url("slow.test")), call)), StatusIs(absl::StatusCode::kCancelled));
  });
  while (asked == 0) std::this_thread::yield();
  source.request_stop();
  sender.join();
  loops_.Stop();
  client_ = nullptr;
  EXPECT_FALSE(released);
}

}  // namespace
}  // namespace overlock::http
