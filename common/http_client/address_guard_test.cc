#include "common/http_client/address_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::http {
namespace {

bool Allows(const AddressGuard& guard, const std::string& address, int port = 80) {
  sockaddr_storage storage = {};
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, address.c_str(), &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(static_cast<uint16_t>(port));
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, address.c_str(), &ipv6->sin6_addr), 1) << address;
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(static_cast<uint16_t>(port));
  }
  return guard.Allows(reinterpret_cast<sockaddr*>(&storage));
}

TEST(AddressGuard, AllowsThePublicInternetOnly) {
  AddressGuard guard = *AddressGuard::Parse("");
  for (const char* address :
       {"1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "192.167.255.255", "223.255.255.255",
        "2606:4700:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
    EXPECT_TRUE(Allows(guard, address)) << address;
  }
  for (const char* address : {"0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.1",
                              "100.64.0.1",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "192.0.2.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "203.0.113.9",
                              "224.0.0.1",
                              "239.255.255.255",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "fc00::1",
                              "fd12::1",
                              "ff02::1",
                              "2001:db8::1",
                              "2001::1",
                              "2002:7f00:1::",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::a00:1",
                              "64:ff9b:1::1",
                              "::127.0.0.1",
                              "fec0::1",
                              "3fff::1"}) {
    EXPECT_FALSE(Allows(guard, address)) << address;
  }
}

TEST(AddressGuard, AllowsWhatItsListNames) {
  AddressGuard guard = *AddressGuard::Parse("10.1.0.0/16, 127.0.0.1:8080,[::1]:9000,fd00::/8,minio:9000,Mail.Example");
  EXPECT_TRUE(Allows(guard, "10.1.255.1", 5));
  EXPECT_FALSE(Allows(guard, "10.2.0.1"));
  EXPECT_TRUE(Allows(guard, "127.0.0.1", 8080));
  EXPECT_FALSE(Allows(guard, "127.0.0.1", 8081));
  EXPECT_FALSE(Allows(guard, "127.0.0.2", 8080));
  EXPECT_TRUE(Allows(guard, "::1", 9000));
  EXPECT_FALSE(Allows(guard, "::1", 80));
  EXPECT_TRUE(Allows(guard, "fdff::1"));
  EXPECT_FALSE(Allows(guard, "fe00::1"));
  // The same IPv4 address, written as IPv6.
  EXPECT_TRUE(Allows(guard, "::ffff:10.1.0.1"));
  EXPECT_TRUE(guard.AllowsName("minio", 9000));
  EXPECT_TRUE(guard.AllowsName("MINIO", 9000));
  EXPECT_FALSE(guard.AllowsName("minio", 9001));
  EXPECT_FALSE(guard.AllowsName("minio.example", 9000));
  EXPECT_TRUE(guard.AllowsName("mail.example", 25));
  EXPECT_FALSE(guard.AllowsName("127.0.0.1", 8080));
}

TEST(AddressGuard, RefusesOtherFamilies) {
  AddressGuard guard = *AddressGuard::Parse("0.0.0.0/0,::/0");
  sockaddr_un unix_address = {};
  unix_address.sun_family = AF_UNIX;
  EXPECT_FALSE(guard.Allows(reinterpret_cast<sockaddr*>(&unix_address)));
  EXPECT_TRUE(Allows(guard, "127.0.0.1"));
}

TEST(AddressGuard, RefusesListsThatItCannotRead) {
  for (const char* list :
       {"local host", "0x7f.1", "0x7f000001", "2130706433", "minio/8", "[minio]:1", ".a", "10.0.0.0/33", "10.0.0.0/",
        "10.0.0.1:0", "10.0.0.1:70000", "[::1", "::/129", "1.2.3", ",", "10.0.0.1,x:y", "10.0.0.0/8x"}) {
    EXPECT_THAT(AddressGuard::Parse(list), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_ALLOW_LIST")) << list;
  }
}

}  // namespace
}  // namespace overlock::http
