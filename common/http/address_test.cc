#include "common/http/address.h"

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::http {
namespace {

using ::testing::HasSubstr;

TEST(AddressTest, ReadsBackWhatItWrites) {
  for (const char* text : {"127.0.0.1:0", "0.0.0.0:65535", "[::1]:8080", "[::]:1"}) {
    auto endpoint = ParseAddress(text);
    ASSERT_THAT(endpoint, IsOk()) << text;
    EXPECT_EQ(FormatAddress(*endpoint), text);
  }
}

TEST(AddressTest, TakesLocalhostForTheIPv4Loopback) {
  auto endpoint = ParseAddress("localhost:8080");
  ASSERT_THAT(endpoint, IsOk());
  EXPECT_EQ(FormatAddress(*endpoint), "127.0.0.1:8080");
}

TEST(AddressTest, SaysWhatIsWrong) {
  struct Case {
    const char* text;
    const char* why;
  };
  for (const Case& c :
       {Case{"", "port is missing"}, Case{"127.0.0.1", "port is missing"}, Case{"127.0.0.1:", "port is missing"},
        Case{":8080", "host is missing"}, Case{"127.0.0.1:65536", "0 to 65535"}, Case{"127.0.0.1:-1", "0 to 65535"},
        Case{"127.0.0.1:http", "0 to 65535"}, Case{"::1:8080", "in brackets"}, Case{"[::1:8080", "not closed"},
        Case{"example.com:80", "IP address or localhost"}, Case{"[nonsense]:80", "IP address or localhost"}}) {
    auto endpoint = ParseAddress(c.text);
    ASSERT_THAT(endpoint, StatusIs(absl::StatusCode::kInvalidArgument, "BAD_ADDRESS")) << c.text;
    EXPECT_THAT(std::string(endpoint.status().message()), HasSubstr(c.why));
  }
}

}  // namespace
}  // namespace overlock::http
