#include "common/async/service_identity.h"

#include "gtest/gtest.h"

namespace overlock {
namespace {

using namespace std::string_view_literals;

TEST(ServiceIdentityTest, AServiceIsTheFirstLabelOfADnsName) {
  EXPECT_EQ(ServiceOfDnsName("validation"), "validation");
  EXPECT_EQ(ServiceOfDnsName("overlock-validation"), "validation");
  EXPECT_EQ(ServiceOfDnsName("validation.overlock.svc.cluster.local"), "validation");
  EXPECT_EQ(ServiceOfDnsName("overlock-validation.overlock.svc"), "validation");
}

TEST(ServiceIdentityTest, WhatOnlyLooksLikeAServiceIsNone) {
  for (std::string_view name :
       {""sv, "."sv, ".edge"sv, "edge-2"sv, "edgex"sv, "my.edge"sv, "my-edge"sv, "*.edge"sv, "EDGE"sv, "overlock-"sv,
        "overlock-overlock-edge"sv, "edge\0.example.com"sv, " edge"sv, "localhost"sv, "overlock"sv}) {
    EXPECT_NE(ServiceOfDnsName(name), "edge") << name;
  }
}

TEST(ServiceIdentityTest, IsWhatAnyNameOfItsCertificateSays) {
  Caller caller;
  caller.tls = true;
  caller.certificate_names = {"localhost", "overlock-auth.example.com", "edge"};
  EXPECT_TRUE(IsService(caller, "auth"));
  EXPECT_TRUE(IsService(caller, "edge"));
  EXPECT_FALSE(IsService(caller, "authz"));
  EXPECT_FALSE(IsService(caller, ""));
}

TEST(ServiceIdentityTest, IsNobodyWithoutACertificate) {
  Caller caller;
  EXPECT_FALSE(IsService(caller, "edge"));
  caller.certificate_names = {"edge"};
  EXPECT_FALSE(IsService(caller, "edge"));
  caller.tls = true;
  caller.certificate_names = {".edge"};
  EXPECT_FALSE(IsService(caller, ""));
}

}  // namespace
}  // namespace overlock
