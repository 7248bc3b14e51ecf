#include "services/edge/header.h"

#include <string>

#include "gtest/gtest.h"

namespace overlock::edge {
namespace {

std::string Canonical(std::string name) {
  CanonicalizeHeaderName(name.data(), name.size());
  return name;
}

TEST(HeaderNameTest, IsDashCapitalised) {
  EXPECT_EQ(Canonical("content-type"), "Content-Type");
  EXPECT_EQ(Canonical("X-HUB-SIGNATURE-256"), "X-Hub-Signature-256");
  EXPECT_EQ(Canonical("SSLClientCipher"), "Sslclientcipher");
  EXPECT_EQ(Canonical("x--a"), "X--A");
  EXPECT_EQ(Canonical("a"), "A");
  EXPECT_EQ(Canonical(""), "");
}

TEST(HeaderNameTest, StaysAsItIsWhenItIsNoToken) {
  EXPECT_EQ(Canonical("content type"), "content type");
  EXPECT_EQ(Canonical("caf\xc3\xa9"), "caf\xc3\xa9");
}

TEST(HeaderValueTest, CannotHoldALineBreakOrAnotherControlCharacter) {
  EXPECT_TRUE(IsHeaderValue("a b\tc \xff"));
  EXPECT_TRUE(IsHeaderValue(""));
  for (std::string_view value : {std::string_view("a\r\nX: y"), std::string_view("a\n"), std::string_view("a\r"),
                                 std::string_view("a\0b", 3), std::string_view("\x7f")}) {
    EXPECT_FALSE(IsHeaderValue(value));
  }
}

TEST(EdgesOwnHeaderTest, IsKnownInAnyCase) {
  for (const char* name : {"connection", "CONTENT-LENGTH", "Transfer-Encoding", "date", "upgrade", "keep-alive",
                           "trailer", "te", "x-request-id"}) {
    EXPECT_TRUE(IsEdgesOwnHeader(name)) << name;
  }
  EXPECT_FALSE(IsEdgesOwnHeader("Content-Type"));
  EXPECT_FALSE(IsEdgesOwnHeader("Set-Cookie"));
}

}  // namespace
}  // namespace overlock::edge
