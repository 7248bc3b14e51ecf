#include "services/executor/crypto/ciphers.h"

#include <string>
#include <string_view>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/crypto/algorithms.h"
#include "services/executor/crypto/test_support.h"

namespace overlock::executor::crypto {
namespace {

using testing::HasSubstr;

struct Message {
  std::string_view name;
  std::string key;
  std::string iv;
  std::string associated;
  bool padding = true;
};

// What is encrypted, and the tag behind it.
std::string Encrypt(const Message& message, std::string_view data) {
  absl::StatusOr<CipherStream> stream = CipherStream::Open({message.name, true, message.key, message.iv});
  if (!stream.ok()) return std::string(stream.status().message());
  stream->SetPadding(message.padding);
  if (!message.associated.empty()) {
    EXPECT_THAT(stream->AddAssociatedData(message.associated), IsOk());
  }
  std::string out;
  for (size_t at = 0; at < data.size(); at += 7) out += *stream->Update(data.substr(at, 7));
  absl::StatusOr<std::string> end = stream->End();
  return end.ok() ? out + *end + stream->tag() : std::string(end.status().message());
}

absl::StatusOr<std::string> Decrypt(const Message& message, std::string_view data, std::string_view tag = "") {
  absl::StatusOr<CipherStream> stream = CipherStream::Open({message.name, false, message.key, message.iv});
  if (!stream.ok()) return stream.status();
  stream->SetPadding(message.padding);
  if (!message.associated.empty()) {
    EXPECT_THAT(stream->AddAssociatedData(message.associated), IsOk());
  }
  if (!tag.empty()) {
    EXPECT_THAT(stream->SetTag(tag), IsOk());
  }
  std::string out = *stream->Update(data);
  absl::StatusOr<std::string> end = stream->End();
  if (!end.ok()) return end.status();
  return out + *end;
}

TEST(CipherStreamTest, GivesWhatTheStandardsGive) {
  // NIST SP 800-38A, appendix F, the first block.
  const std::string key = FromHex("2b7e151628aed2a6abf7158809cf4f3c");
  const std::string block = FromHex("6bc1bee22e409f96e93d7e117393172a");
  EXPECT_EQ(Hex(Encrypt({"aes-128-cbc", key, FromHex("000102030405060708090a0b0c0d0e0f"), "", false}, block)),
            "7649abac8119b246cee98e9b12e9197d");
  EXPECT_EQ(Hex(Encrypt({"aes-128-ctr", key, FromHex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), "", false}, block)),
            "874d6191b620e3261bef6864990db6ce");
  EXPECT_EQ(Hex(Encrypt({"aes-128-ecb", key, "", "", false}, block)), "3ad77bb40d7a3660a89ecaf32466ef97");
  // GCM's own test cases 2 and 4.
  EXPECT_EQ(Hex(Encrypt({"aes-128-gcm", std::string(16, '\0'), std::string(12, '\0'), ""}, std::string(16, '\0'))),
            "0388dace60b6a392f328c2b971b2fe78"
            "ab6e47d42cec13bdf53a67b21257bddf");
  EXPECT_EQ(
      Hex(Encrypt({"aes-128-gcm", FromHex("feffe9928665731c6d6a8f9467308308"), FromHex("cafebabefacedbaddecaf888"),
                   FromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2")},
                  FromHex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e"
                          "2449a6b525b16aedf5aa0de657ba637b39"))),
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0"
      "aac973d58e0915bc94fbc3221a5db94fae95ae7121a47");
}

TEST(CipherStreamTest, DecryptsThePublishedSampleAndNothingLikeIt) {
  // Spec section 9.5.
  std::string sealed;
  ASSERT_TRUE(absl::Base64Unescape("WPBuIvJ6Bity43Uh822dW8QlVYVJaFUiDeUjlTiJXzptUuTYIKPlXekBQAJb", &sealed));
  auto open = [](std::string_view all) {
    Message message = {"aes-256-gcm", "603082712271C525E087BD999A4E0738", std::string(all.substr(0, 12)), ""};
    return Decrypt(message, all.substr(12, all.size() - 28), all.substr(all.size() - 16));
  };
  EXPECT_THAT(open(sealed), IsOkAndHolds("MongoDB is great!"));
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string damaged = sealed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_THAT(open(damaged), StatusIs(absl::StatusCode::kFailedPrecondition, "CRYPTO_FAILED")) << bit;
  }
}

TEST(CipherStreamTest, DecryptsWhatItEncryptedWithEveryCipher) {
  for (std::string_view name : CipherNames()) {
    const EVP_CIPHER* cipher = *FindCipher(name);
    Message message = {name, std::string(static_cast<size_t>(EVP_CIPHER_get_key_length(cipher)), 'k'),
                       std::string(static_cast<size_t>(EVP_CIPHER_get_iv_length(cipher)), 'i'), ""};
    std::string sealed = Encrypt(message, "the seam's other side");
    EXPECT_THAT(sealed, testing::Not(HasSubstr("seam"))) << name;
    std::string tag;
    if (name.ends_with("gcm") || name.ends_with("poly1305")) {
      tag = sealed.substr(sealed.size() - 16);
      sealed.resize(sealed.size() - 16);
    }
    EXPECT_THAT(Decrypt(message, sealed, tag), IsOkAndHolds("the seam's other side")) << name;
  }
}

TEST(CipherStreamTest, RefusesKeysVectorsAndTagsOfOtherSizes) {
  EXPECT_EQ(Encrypt({"aes-128-gcm", "short", "123456789012", ""}, ""), "key: 5 bytes, allowed for aes-128-gcm: 16");
  const std::string key(16, 'k');
  EXPECT_EQ(Encrypt({"aes-128-cbc", key, "short", ""}, ""),
            "initialisation vector: 5 bytes, allowed for aes-128-cbc: 16");
  EXPECT_EQ(Encrypt({"aes-128-ecb", key, "x", ""}, ""), "initialisation vector: 1 bytes, allowed for aes-128-ecb: 0");
  EXPECT_THAT(Encrypt({"aes-128-gcm", key, "", ""}, ""), HasSubstr("initialisation vector: 0 bytes"));
  EXPECT_THAT(Encrypt({"rot13", key, "", ""}, ""), HasSubstr("cipher 'rot13' is unknown, allowed: aes-128-cbc, "));
  CipherStream stream = *CipherStream::Open({"aes-128-gcm", false, key, "123456789012"});
  EXPECT_THAT(stream.SetTag("abc"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(stream.SetTag(std::string(17, 't')), StatusIs(absl::StatusCode::kInvalidArgument));
  CipherStream plain = *CipherStream::Open({"aes-128-ctr", true, key, std::string(16, 'i')});
  EXPECT_THAT(plain.AddAssociatedData("x"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(plain.SetTag(std::string(16, 't')), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(CipherStreamTest, RefusesWhatComesInTheWrongOrder) {
  const std::string key(16, 'k');
  CipherStream untagged = *CipherStream::Open({"aes-128-gcm", false, key, "123456789012"});
  EXPECT_THAT(untagged.Update("x"), IsOk());
  EXPECT_EQ(untagged.End().status().message(), "the authentication tag is missing");
  CipherStream stream = *CipherStream::Open({"aes-128-gcm", true, key, "123456789012"});
  EXPECT_THAT(stream.Update("x"), IsOk());
  EXPECT_THAT(stream.AddAssociatedData("late"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(stream.End(), IsOk());
  EXPECT_THAT(stream.End(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(stream.Update("x"), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(CipherStreamTest, RefusesDataThatDoesNotFit) {
  Message message = {"aes-128-cbc", std::string(16, 'k'), std::string(16, 'i'), "", false};
  EXPECT_EQ(Encrypt(message, "text"), "without padding the data must be whole blocks");
  EXPECT_THAT(Decrypt(message, "text"), StatusIs(absl::StatusCode::kFailedPrecondition));
  message.padding = true;
  EXPECT_THAT(Decrypt(message, ""), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Decrypt(message, std::string(16, 'x')).status().message(),
            "the data cannot be decrypted: another key, or damaged");
}

}  // namespace
}  // namespace overlock::executor::crypto
