#include "services/auth/jwk_cache.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/http_client/http_client_fixture.h"
#include "common/jwt/test_keys.h"
#include "common/status/status.h"
#include "common/testing/fake_clock.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::auth {
namespace {

using ::testing::HasSubstr;

constexpr char kUrl[] = "https://keys.example/jwks.json";

class JwkCacheTest : public ::testing::Test {
 protected:
  std::string SetWith(const std::string& key_id) {
    return absl::StrCat(R"({"keys":[)", signer_.Jwk(absl::StrCat(R"(,"kid":")", key_id, "\"")), "]}");
  }
  absl::StatusOr<std::shared_ptr<const jwt::JwkSet>> Get(const std::string& key_id = "") {
    return BlockOn(cache_.Get(kUrl, key_id, CallContext()));
  }
  bool Has(const std::string& key_id) {
    auto set = Get(key_id);
    return set.ok() && (*set)->Has(key_id);
  }

  jwt::Signer signer_ = jwt::Signer::Ed25519();
  FakeClock clock_;
  int fetches_ = 0;
  absl::StatusOr<std::string> answer_;
  Metrics metrics_;
  JwkCache cache_{[this](std::string, CallContext) -> Task<absl::StatusOr<std::string>> {
                    ++fetches_;
                    co_return answer_;
                  },
                  clock_, CacheCounters(metrics_, "jwk_sets")};
};

TEST_F(JwkCacheTest, FetchesOnceInTenMinutes) {
  answer_ = SetWith("1");
  EXPECT_TRUE(Has("1"));
  clock_.Advance(absl::Minutes(9));
  EXPECT_TRUE(Has("1"));
  EXPECT_EQ(fetches_, 1);
  clock_.Advance(absl::Minutes(2));
  EXPECT_TRUE(Has("1"));
  EXPECT_EQ(fetches_, 2);
  EXPECT_THAT(metrics_.Serialize(), HasSubstr(R"(_cache_lookups_total{cache="jwk_sets",result="hit"} 1)"));
  EXPECT_THAT(metrics_.Serialize(), HasSubstr(R"(_cache_lookups_total{cache="jwk_sets",result="miss"} 2)"));
}

TEST_F(JwkCacheTest, FetchesForANewKeyOnceAMinuteAtMost) {
  answer_ = SetWith("1");
  EXPECT_TRUE(Has("1"));
  answer_ = SetWith("2");
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(Has("2"));
  EXPECT_EQ(fetches_, 1);
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(Has("2"));
  EXPECT_EQ(fetches_, 2);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(Has(absl::StrCat("unknown", i)));
  EXPECT_EQ(fetches_, 2);
}

TEST_F(JwkCacheTest, KeepsTheLastGoodSet) {
  answer_ = SetWith("1");
  EXPECT_TRUE(Has("1"));
  for (absl::StatusOr<std::string> bad :
       {absl::StatusOr<std::string>(Error(absl::StatusCode::kUnavailable, "HTTP_FAILED", "down")),
        absl::StatusOr<std::string>("<html>"), absl::StatusOr<std::string>(R"({"keys":[]})")}) {
    answer_ = bad;
    clock_.Advance(absl::Minutes(11));
    EXPECT_TRUE(Has("1"));
  }
  EXPECT_EQ(fetches_, 4);
}

TEST_F(JwkCacheTest, SaysThatThereIsNoneAndTriesAgainAMinuteLater) {
  answer_ = Error(absl::StatusCode::kUnavailable, "HTTP_FAILED", "down");
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kUnavailable, "JWK_SET_UNAVAILABLE"));
  }
  EXPECT_EQ(fetches_, 1);
  answer_ = SetWith("1");
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(Has("1"));
}

class JwkFetchTest : public ::testing::Test {
 protected:
  static absl::StatusOr<std::string> Fetch(const std::string& url, const std::string& allow) {
    EventLoops loops(1);
    http::HttpClientOptions options;
    options.guard = *http::AddressGuard::Parse(allow);
    auto client = *http::HttpClient::Make(loops.Get(0), options);
    CallContext call;
    call.deadline = absl::Now() + absl::Seconds(10);
    auto text = BlockOn(MakeJwkFetch(*client, options.guard)(url, call));
    loops.Stop();
    return text;
  }
};

TEST_F(JwkFetchTest, FetchesFromHostsThatAreAllowedAndNoOthers) {
  http::Server server([](const std::string&) { return http::Ok("{}"); });
  const std::string here = absl::StrCat("127.0.0.1:", server.port());
  EXPECT_THAT(Fetch(server.url(), here), IsOkAndHolds(std::string("{}")));
  EXPECT_THAT(Fetch(server.url(), "127.0.0.0/8"), IsOkAndHolds(std::string("{}")));
  for (const std::string& allow : {std::string(), absl::StrCat("127.0.0.1:", server.port() + 1)}) {
    EXPECT_THAT(Fetch(server.url(), allow), StatusIs(absl::StatusCode::kUnavailable, "JWK_SET_UNAVAILABLE"));
    // With TLS the guard of the client decides.
    EXPECT_THAT(Fetch(absl::StrCat("https://127.0.0.1:", server.port()), allow),
                StatusIs(absl::StatusCode::kPermissionDenied, "RESTRICTED_HOST"));
  }
  for (const char* url : {"http://keys.example/", "http://192.0.2.1/", "http://8.8.8.8/", "ftp://127.0.0.1/",
                          "file:///etc/passwd", "no URL"}) {
    EXPECT_THAT(Fetch(url, here), StatusIs(absl::StatusCode::kUnavailable, "JWK_SET_UNAVAILABLE")) << url;
  }
}

TEST_F(JwkFetchTest, TakesOnlyAnAnswerThatIsAllThere) {
  http::Server redirects([](const std::string&) {
    return std::string("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_THAT(Fetch(redirects.url(), "127.0.0.1"), StatusIs(absl::StatusCode::kUnavailable, "JWK_SET_UNAVAILABLE"));
  http::Server huge([](const std::string&) { return http::Ok(std::string(jwt::kJwkSetBytesMax + 1, ' ')); });
  EXPECT_THAT(Fetch(huge.url(), "127.0.0.1"), StatusIs(absl::StatusCode::kResourceExhausted, "RESPONSE_TOO_LARGE"));
}

}  // namespace
}  // namespace overlock::auth
