#include "services/edge/query.h"

#include "gtest/gtest.h"

namespace overlock::edge {
namespace {

TEST(WithoutSecretTest, LeavesTheOtherPairsAsTheyWere) {
  EXPECT_EQ(WithoutSecret("secret=hello&someParam=42"), "someParam=42");
  EXPECT_EQ(WithoutSecret("someParam=42&secret=hello"), "someParam=42");
  EXPECT_EQ(WithoutSecret("a=1&secret=x&b=%20+&b=2"), "a=1&b=%20+&b=2");
  EXPECT_EQ(WithoutSecret("a=1&&b"), "a=1&&b");
  EXPECT_EQ(WithoutSecret(""), "");
}

TEST(WithoutSecretTest, FindsEveryPairHoweverItsKeyIsWritten) {
  EXPECT_EQ(WithoutSecret("secret=a&secret=b"), "");
  EXPECT_EQ(WithoutSecret("secret"), "");
  EXPECT_EQ(WithoutSecret("secret=a=b&x=1"), "x=1");
  EXPECT_EQ(WithoutSecret("%73ecret=a&x=1"), "x=1");
  EXPECT_EQ(WithoutSecret("s%65cre%74=a"), "");
}

TEST(WithoutSecretTest, LeavesKeysThatOnlyLookAlike) {
  for (const char* query : {"Secret=a", "secrets=a", "secre=a", "x=secret", "secret%00=a", "secret%=a", "=secret"}) {
    EXPECT_EQ(WithoutSecret(query), query);
    EXPECT_FALSE(HasSecret(query)) << query;
  }
}

TEST(HasSecretTest, FindsThePairAnywhere) {
  EXPECT_TRUE(HasSecret("secret=a"));
  EXPECT_TRUE(HasSecret("a=1&secret"));
  EXPECT_TRUE(HasSecret("a=1&%73ecret=2"));
  EXPECT_FALSE(HasSecret(""));
}

TEST(PercentDecodeTest, DecodesEscapesAndRefusesBrokenOnes) {
  EXPECT_EQ(PercentDecode("a%20b%2Fc+"), "a b/c+");
  EXPECT_EQ(PercentDecode(""), "");
  for (const char* text : {"%", "%4", "%4g", "a%zz"}) EXPECT_EQ(PercentDecode(text), std::nullopt) << text;
}

}  // namespace
}  // namespace overlock::edge
