#include "services/edge/client_address.h"

#include <string>
#include <vector>

#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::edge {
namespace {

class ClientAddressTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* network : {"10.0.0.0/8", "2001:db8:1::/48"}) ASSERT_THAT(trusted_.Add(network), IsOk());
  }

  std::string Find(const std::string& peer, const std::vector<std::string>& lines) {
    Request request;
    request.AddHeader("Host", "edge.test");
    for (const std::string& line : lines) request.AddHeader("x-forwarded-for", line);
    return ClientAddress(request, peer, trusted_);
  }

  http::NetworkList trusted_;
};

TEST_F(ClientAddressTest, IsThePeerUnlessThatIsATrustedProxy) {
  EXPECT_EQ(Find("192.0.2.1", {"203.0.113.9"}), "192.0.2.1");
  EXPECT_EQ(Find("10.1.1.1", {}), "10.1.1.1");
  trusted_ = http::NetworkList();
  EXPECT_EQ(Find("10.1.1.1", {"203.0.113.9"}), "10.1.1.1");
}

TEST_F(ClientAddressTest, IsTheLastAddressThatIsNoTrustedProxys) {
  EXPECT_EQ(Find("10.1.1.1", {"203.0.113.9"}), "203.0.113.9");
  EXPECT_EQ(Find("10.1.1.1", {"198.51.100.7, 203.0.113.9"}), "203.0.113.9");
  EXPECT_EQ(Find("10.1.1.1", {"198.51.100.7,203.0.113.9 ,\t10.2.2.2,10.3.3.3"}), "203.0.113.9");
  EXPECT_EQ(Find("2001:db8:1::5", {"2001:db8:2::9, 2001:db8:1::6"}), "2001:db8:2::9");
}

TEST_F(ClientAddressTest, ReadsSeveralLinesAsOneList) {
  EXPECT_EQ(Find("10.1.1.1", {"198.51.100.7", "203.0.113.9, 10.2.2.2"}), "203.0.113.9");
  EXPECT_EQ(Find("10.1.1.1", {"203.0.113.9", "10.2.2.2"}), "203.0.113.9");
}

TEST_F(ClientAddressTest, IsTheFirstWhereAllAreTrusted) {
  EXPECT_EQ(Find("10.1.1.1", {"10.3.3.3, 10.2.2.2"}), "10.3.3.3");
}

TEST_F(ClientAddressTest, BelievesNothingBeforeAnEntryThatIsNoAddress) {
  for (const char* entry :
       {"", " ", "unknown", "_hidden", "203.0.113.9.1", "1.2.3", "[203.0.113.9", "fe80::1%eth0", "203.0.113.9:80:80"}) {
    EXPECT_EQ(Find("10.1.1.1", {std::string("203.0.113.9,") + entry}), "10.1.1.1") << entry;
    EXPECT_EQ(Find("10.1.1.1", {std::string("203.0.113.9,") + entry + ",10.2.2.2"}), "10.2.2.2") << entry;
  }
  EXPECT_EQ(Find("10.1.1.1", {std::string("203.0.113.9,") + std::string(60'000, '1')}), "10.1.1.1");
}

TEST_F(ClientAddressTest, TakesPortsAndMappedAddresses) {
  EXPECT_EQ(Find("10.1.1.1", {"203.0.113.9:8080"}), "203.0.113.9");
  EXPECT_EQ(Find("10.1.1.1", {"[2001:DB8:2::9]:8080"}), "2001:db8:2::9");
  EXPECT_EQ(Find("10.1.1.1", {"[2001:db8:2::9]"}), "2001:db8:2::9");
  EXPECT_EQ(Find("10.1.1.1", {"::ffff:203.0.113.9"}), "203.0.113.9");
  EXPECT_EQ(Find("10.1.1.1", {"203.0.113.9, ::ffff:10.2.2.2"}), "203.0.113.9");
}

}  // namespace
}  // namespace overlock::edge
