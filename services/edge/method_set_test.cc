#include "services/edge/method_set.h"

#include "gtest/gtest.h"

namespace overlock::edge {
namespace {

TEST(MethodSetTest, HasTheMethodItIsMadeOf) {
  MethodSet put(config::v1::HTTP_METHOD_PUT);
  EXPECT_TRUE(put.Has("PUT"));
  for (const char* other : {"GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "put", "PUTS", ""}) {
    EXPECT_FALSE(put.Has(other)) << other;
  }
  EXPECT_EQ(put.Names(), "PUT");
}

TEST(MethodSetTest, TakesNoMethodForPost) { EXPECT_EQ(MethodSet(config::v1::HTTP_METHOD_UNSPECIFIED).Names(), "POST"); }

TEST(MethodSetTest, HasEveryMethodOfAnyButNoOthers) {
  MethodSet any(config::v1::HTTP_METHOD_ANY);
  EXPECT_EQ(any.Names(), "GET, POST, PUT, PATCH, DELETE, HEAD");
  EXPECT_TRUE(any.Has("HEAD"));
  EXPECT_FALSE(any.Has("OPTIONS"));
  EXPECT_FALSE(any.Has("TRACE"));
}

TEST(MethodSetTest, AddsAndRemoves) {
  MethodSet methods;
  EXPECT_TRUE(methods.empty());
  EXPECT_EQ(methods.Names(), "");
  methods.Add(MethodSet(config::v1::HTTP_METHOD_ANY));
  methods.Remove(MethodSet(config::v1::HTTP_METHOD_GET));
  methods.Remove(MethodSet(config::v1::HTTP_METHOD_HEAD));
  EXPECT_EQ(methods.Names(), "POST, PUT, PATCH, DELETE");
  methods.Add(MethodSet(config::v1::HTTP_METHOD_GET));
  EXPECT_TRUE(methods.Has("GET"));
  methods.Remove(MethodSet(config::v1::HTTP_METHOD_ANY));
  EXPECT_TRUE(methods.empty());
}

}  // namespace
}  // namespace overlock::edge
