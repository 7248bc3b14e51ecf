#include "common/http/network_list.h"

#include <gtest/gtest.h>

namespace overlock::http {
namespace {

TEST(NetworkListTest, ContainsNothingAtFirst) {
  NetworkList list;
  EXPECT_TRUE(list.empty());
  EXPECT_FALSE(list.Contains("127.0.0.1"));
}

TEST(NetworkListTest, ContainsTheAddressesOfItsNetworks) {
  NetworkList list;
  for (const char* network : {"10.0.0.0/8", "192.0.2.7", "198.51.100.128/25", "2001:db8::/33"}) {
    EXPECT_TRUE(list.Add(network).ok()) << network;
  }
  for (const char* in : {"10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3", "192.0.2.7", "198.51.100.128", "2001:db8::1",
                         "2001:db8:7fff::"}) {
    EXPECT_TRUE(list.Contains(in)) << in;
  }
  for (const char* out : {"11.0.0.0", "9.255.255.255", "192.0.2.8", "198.51.100.127", "2001:db8:8000::", "::10.1.2.3",
                          "", "10.0.0", "10.0.0.1:80", "10.0.0.1 ", "fe80::1%lo", "localhost"}) {
    EXPECT_FALSE(list.Contains(out)) << out;
  }
}

TEST(NetworkListTest, AllOfOneFamilyIsNotTheOther) {
  NetworkList v4, v6;
  ASSERT_TRUE(v4.Add("0.0.0.0/0").ok());
  ASSERT_TRUE(v6.Add("::/0").ok());
  EXPECT_TRUE(v4.Contains("203.0.113.9"));
  EXPECT_FALSE(v4.Contains("2001:db8::1"));
  EXPECT_TRUE(v6.Contains("2001:db8::1"));
  EXPECT_FALSE(v6.Contains("203.0.113.9"));
  EXPECT_FALSE(v6.Contains("::ffff:203.0.113.9"));
}

TEST(NetworkListTest, RefusesWhatIsNoNetwork) {
  NetworkList list;
  for (const char* bad : {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8",
                          "10.0.0.1/8", "2001:db8::/129", "2001:db8::1/32", "fe80::%lo/64", "example.com", "*"}) {
    EXPECT_EQ(list.Add(bad).code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace overlock::http
