#include "common/crypto/password_hash.h"

#include <argon2.h>

#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::crypto {
namespace {

constexpr PasswordHashParameters kCheap{.memory_kib = 64, .passes = 1, .lanes = 1};

TEST(PasswordHash, KnowsItsPasswordAndNoOther) {
  auto hash = HashPassword("correct horse", kCheap);
  ASSERT_TRUE(hash.ok()) << hash.status();
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << *hash;
  EXPECT_TRUE(*VerifyPassword("correct horse", *hash));
  EXPECT_FALSE(*VerifyPassword("correct horsf", *hash));
  EXPECT_FALSE(*VerifyPassword("", *hash));
  EXPECT_NE(*hash, *HashPassword("correct horse", kCheap));
}

TEST(PasswordHash, KnowsTheHashesOfOtherPrograms) {
  // argon2-cffi's documentation.
  const std::string hash =
      "$argon2id$v=19$m=65536,t=3,p=4$MIIRqgvgQbgj220jfp0MPA$YfwJSVjtjSU0zzV/P3S9nnQ/USre2wvJMjfCIjrTQbg";
  EXPECT_TRUE(*VerifyPassword("correct horse battery staple", hash));
  EXPECT_FALSE(HasParameters(hash, {}));
}

TEST(PasswordHash, TellsParametersApart) {
  auto hash = HashPassword("x", kCheap);
  EXPECT_TRUE(HasParameters(*hash, kCheap));
  EXPECT_FALSE(HasParameters(*hash, {.memory_kib = 64, .passes = 2, .lanes = 1}));
}

TEST(PasswordHash, IsNobodysWhereTheStringIsNoHashOrAsksForTooMuch) {
  for (const char* hash :
       {"", "password", "$argon2id$", "$argon2i$v=19$m=64,t=1,p=1$YWJjZGVmZ2g$YWJjZGVmZ2g",
        "$argon2id$v=19$m=4294967295,t=1,p=1$YWJjZGVmZ2g$YWJjZGVmZ2g",
        "$argon2id$v=19$m=64,t=1000000,p=1$YWJjZGVmZ2g$YWJjZGVmZ2g", "$argon2id$v=19$m=64,t=1,p=1$$"}) {
    EXPECT_THAT(VerifyPassword("password", hash), IsOkAndHolds(false)) << hash;
  }
}

TEST(PasswordHash, RefusesParametersOutOfRange) {
  EXPECT_THAT(HashPassword("x", {.memory_kib = 7, .passes = 1, .lanes = 1}),
              StatusIs(absl::StatusCode::kInvalidArgument, "BAD_HASH_PARAMETERS"));
  EXPECT_THAT(HashPassword("x", {.memory_kib = 64, .passes = 0, .lanes = 1}),
              StatusIs(absl::StatusCode::kInvalidArgument, "BAD_HASH_PARAMETERS"));
}

TEST(PasswordHashTest, NobodysHashIsCheckedLikeAnyOther) {
  std::string hash = NobodysPasswordHash(kCheap);
  EXPECT_TRUE(IsPasswordHash(hash)) << hash;
  EXPECT_TRUE(HasParameters(hash, kCheap)) << hash;
  // argon2 itself takes it for a hash: a string that cannot be decoded would be refused before any work is done.
  EXPECT_EQ(argon2id_verify(hash.c_str(), "password", 8), ARGON2_VERIFY_MISMATCH);
  EXPECT_THAT(VerifyPassword("password", hash), IsOkAndHolds(false));
  EXPECT_NE(NobodysPasswordHash(kCheap), hash);
}

}  // namespace
}  // namespace overlock::crypto
