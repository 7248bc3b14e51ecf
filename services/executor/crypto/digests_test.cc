#include "services/executor/crypto/digests.h"

#include <string>
#include <string_view>

#include "absl/time/clock.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/crypto/algorithms.h"
#include "services/executor/crypto/state.h"
#include "services/executor/crypto/test_support.h"

namespace overlock::executor::crypto {
namespace {

using testing::HasSubstr;

TEST(DigestTest, GivesTheDigestsOfTheStandards) {
  EXPECT_EQ(Hex(Digest("sha256", "abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(Digest("sha1", "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(Hex(Digest("md5", "")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Hex(Digest("ripemd160", "abc")), "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
  EXPECT_EQ(Hex(Digest("sha512", "abc")),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  EXPECT_EQ(Hex(Digest("sha3-256", "")), "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
  // Spec section 9.5.
  EXPECT_EQ(absl::Base64Escape(*Digest("sha256", "hello!")), "zgYJL7lI2f+sfRo3bkBLJrdXW8wR7gWkYV/vT+w6MIs=");
}

TEST(DigestTest, NamesWhatThereIsWhenAHashIsUnknown) {
  EXPECT_THAT(Digest("sha99", ""), StatusIs(absl::StatusCode::kInvalidArgument, "CRYPTO_INVALID"));
  EXPECT_THAT(Digest("sha99", "").status().message(), HasSubstr("hash 'sha99' is unknown, allowed: md5, "));
  for (std::string_view name : HashNames()) EXPECT_TRUE(Digest(name, "abc").ok()) << name;
}

TEST(HmacTest, GivesTheDigestsOfRfc4231AndRfc2202) {
  struct {
    std::string key;
    std::string data;
    const char* sha256;
    const char* sha512;
  } const cases[] = {
      {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
       "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
       "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
       "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
       "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
      // A key that is longer than a block.
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
       "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
       "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(Hex(Hmac("sha256", test.key, test.data)), test.sha256);
    EXPECT_EQ(Hex(Hmac("sha512", test.key, test.data)), test.sha512);
  }
  EXPECT_EQ(Hex(Hmac("sha1", "Jefe", "what do ya want for nothing?")), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(Hex(Hmac("sha256", "", "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(absl::Base64Escape(*Hmac("sha256", "super-secret", "hello!")),
            "SUXd6PRMaTXXgBGaGsIHzaDWgTSa6C3D44lRGrvRak0=");
}

TEST(DigestStreamTest, IsTheSameInPieces) {
  std::string data;
  for (int i = 0; i < 1000; ++i) data += static_cast<char>(i * 7);
  for (std::string_view name : HashNames()) {
    absl::StatusOr<DigestStream> hash = DigestStream::Open(name, std::nullopt);
    absl::StatusOr<DigestStream> mac = DigestStream::Open(name, "key");
    ASSERT_TRUE(hash.ok() && mac.ok()) << name;
    for (size_t at = 0; at < data.size(); at += 77) {
      hash->Update(std::string_view(data).substr(at, 77));
      mac->Update(std::string_view(data).substr(at, 77));
      if (at != 77) continue;
      DigestStream early = mac->Copy();
      EXPECT_EQ(Hex(early.End()), Hex(Hmac(name, "key", data.substr(0, 154)))) << name;
    }
    EXPECT_EQ(Hex(hash->End()), Hex(Digest(name, data))) << name;
    EXPECT_EQ(Hex(mac->End()), Hex(Hmac(name, "key", data))) << name;
  }
}

// The whole of PBKDF2 with one block, in steps of `step`.
std::string Pbkdf2(std::string_view hash, std::string_view password, std::string_view salt, uint64_t iterations,
                   uint64_t step) {
  std::string u = *Hmac(hash, password, std::string(salt) + std::string("\0\0\0\1", 4));
  std::string t = u;
  for (uint64_t left = iterations - 1; left > 0;) {
    uint64_t count = std::min(left, step);
    EXPECT_THAT(Pbkdf2Step(hash, password, u, t, count), IsOk());
    left -= count;
  }
  return t;
}

TEST(Pbkdf2Test, GivesTheKeysOfRfc6070InStepsOfAnySize) {
  EXPECT_EQ(Hex(Pbkdf2("sha1", "password", "salt", 1, 1)), "0c60c80f961f0e71f3a9b524af6012062fe037a6");
  EXPECT_EQ(Hex(Pbkdf2("sha1", "password", "salt", 2, 1)), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
  for (uint64_t step : {1, 1000, 20'000}) {
    EXPECT_EQ(Hex(Pbkdf2("sha1", "password", "salt", 4096, step)), "4b007901b765489abead49d926f721d065a429c1");
  }
}

TEST(Pbkdf2Test, RefusesStepsThatDoNotFit) {
  std::string u(20, 'u');
  std::string t(20, 't');
  EXPECT_THAT(Pbkdf2Step("sha1", "p", u, t, kPbkdf2StepMax + 1), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Pbkdf2Step("sha256", "p", u, t, 1), StatusIs(absl::StatusCode::kInvalidArgument));
  t.resize(19);
  EXPECT_THAT(Pbkdf2Step("sha1", "p", u, t, 1), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ScryptTest, GivesTheKeysOfRfc7914) {
  EXPECT_EQ(Hex(Scrypt("", "", {16, 1, 1}, 64)),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
            "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
  EXPECT_EQ(Hex(Scrypt("password", "NaCl", {1024, 8, 16}, 64)),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
            "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
  EXPECT_EQ(Hex(Scrypt("pleaseletmein", "SodiumChloride", {16384, 8, 1}, 64)),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
}

TEST(ScryptTest, RefusesWhatWouldTakeTooLong) {
  const ScryptParameters refused[] = {
      {0, 8, 1},          {1, 8, 1},
      {3, 8, 1},          {16, 0, 1},
      {16, 8, 0},         {65536, 8, 1},
      {16384, 8, 4},      {2, 1025, 1},
      {2, 1, 1025},       {2, 64, 64},
      {1ULL << 63, 1, 1}, {2, 1ULL << 62, 1},
      {2, 1, 1ULL << 62}, {1ULL << 32, 1ULL << 32, 1ULL << 32},
  };
  for (const ScryptParameters& parameters : refused) {
    EXPECT_THAT(Scrypt("p", "s", parameters, 32), StatusIs(absl::StatusCode::kInvalidArgument))
        << parameters.cost << " " << parameters.block_size << " " << parameters.parallelization;
  }
  EXPECT_THAT(Scrypt("p", "s", {16, 1, 1}, 1025), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Scrypt("p", std::string(4097, 's'), {16, 1, 1}, 32), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Scrypt(std::string(4097, 'p'), "s", {16, 1, 1}, 32), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ScryptTest, TakesTheMostWorkThatIsAllowed) {
  EXPECT_THAT(Scrypt("p", "s", {32768, 8, 1}, 32), IsOk());
  EXPECT_THAT(Scrypt("p", std::string(4096, 's'), {256, 1, 1024}, 1024), IsOk());
  EXPECT_THAT(Scrypt("p", std::string(4096, 's'), {256, 1024, 1}, 1024), IsOk());
}

TEST(StreamTableTest, ForgetsTheStreamThatWasUsedLongestAgo) {
  StreamTable table;
  uint64_t first = table.Add(*DigestStream::Open("sha1", std::nullopt));
  uint64_t second = table.Add(*DigestStream::Open("sha1", std::nullopt));
  for (size_t i = 2; i < StreamTable::kStreamsMax; ++i) table.Add(*DigestStream::Open("sha1", std::nullopt));
  EXPECT_NE(table.Find<DigestStream>(first), nullptr);
  EXPECT_EQ(table.Find<CipherStream>(first), nullptr);
  table.Add(*DigestStream::Open("sha1", std::nullopt));
  EXPECT_EQ(table.size(), StreamTable::kStreamsMax);
  EXPECT_NE(table.Find<DigestStream>(first), nullptr);
  EXPECT_EQ(table.Find<DigestStream>(second), nullptr);
  table.Remove(first);
  EXPECT_EQ(table.Find<DigestStream>(first), nullptr);
}

}  // namespace
}  // namespace overlock::executor::crypto
