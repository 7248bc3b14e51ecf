#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"
#include "common/crypto/constant_time.h"
#include "common/crypto/hmac.h"
#include "common/crypto/seal.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::crypto {
namespace {

TEST(HmacTest, GivesTheDigestsOfRfc4231And2202) {
  // RFC 4231 case 2 and RFC 2202 case 2.
  EXPECT_EQ(absl::BytesToHexString(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(absl::BytesToHexString(HmacSha1("Jefe", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(absl::BytesToHexString(HmacSha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(SecretEqualsTest, TellsSecretsApartWhateverTheirLength) {
  EXPECT_TRUE(SecretEquals("a secret", "a secret"));
  EXPECT_FALSE(SecretEquals("a secre", "a secret"));
  EXPECT_FALSE(SecretEquals("", "a secret"));
  EXPECT_FALSE(SecretEquals("A secret", "a secret"));
}

TEST(ConstantTimeEqualsTest, TellsBytesApart) {
  EXPECT_TRUE(ConstantTimeEquals(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
  EXPECT_FALSE(ConstantTimeEquals(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
  EXPECT_FALSE(ConstantTimeEquals("a", "ab"));
}

TEST(SealKeyTest, OpensOnlyWhatItSealedForTheSamePlace) {
  SealKey key = SealKey::Random();
  std::string sealed = key.Seal("plain", "app");
  EXPECT_THAT(key.Open(sealed, "app"), IsOkAndHolds("plain"));
  EXPECT_THAT(key.Open(sealed, "other"), StatusIs(absl::StatusCode::kDataLoss, "SEAL_BROKEN"));
  EXPECT_THAT(SealKey::Random().Open(sealed, "app"), StatusIs(absl::StatusCode::kDataLoss, "SEAL_BROKEN"));
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] ^= 1;
    EXPECT_FALSE(key.Open(changed, "app").ok()) << i;
  }
  EXPECT_FALSE(key.Open(sealed.substr(0, 20), "app").ok());
  EXPECT_THAT(key.Open(key.Seal("", ""), ""), IsOkAndHolds(""));
}

TEST(SealKeyTest, MakesAFileThatOnlyItsOwnerReadsAndReadsItAgain) {
  std::string path = ::testing::TempDir() + "/seal-" + std::to_string(getpid());
  std::filesystem::remove(path);
  EXPECT_THAT(SealKey::FromFile(path, false), StatusIs(absl::StatusCode::kFailedPrecondition, "SEAL_KEY_UNREADABLE"));
  auto key = SealKey::FromFile(path, true);
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  auto again = SealKey::FromFile(path, true);
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->Open(key->Seal("x", ""), ""), IsOkAndHolds("x"));
  std::ofstream(path) << "not a key";
  EXPECT_THAT(SealKey::FromFile(path, true), StatusIs(absl::StatusCode::kFailedPrecondition, "SEAL_KEY_BAD"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace overlock::crypto
