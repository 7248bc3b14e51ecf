// Keys with parts of unusual length can be made with the old functions only.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "services/executor/crypto/signatures.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <string>
#include <string_view>
#include <utility>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/crypto/digests.h"
#include "services/executor/crypto/test_keys.h"
#include "services/executor/crypto/test_support.h"

namespace overlock::executor::crypto {
namespace {

using testing::HasSubstr;

// A new pair: both halves as PEM.
std::pair<std::string, std::string> PairOf(EVP_PKEY* made) {
  KeyPointer key(made);
  Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  long size = BIO_get_mem_data(bio.get(), &data);
  std::string pem(data, static_cast<size_t>(size));
  return {pem, Key::Parse(Key::Role::kPublic, pem)->Pem()};
}

absl::StatusOr<std::string> SignWith(std::string_view pem, const SignatureParameters& parameters,
                                     std::string_view message) {
  absl::StatusOr<Key> key = Key::Parse(Key::Role::kPrivate, pem);
  if (!key.ok()) return key.status();
  return Sign(*key, parameters, parameters.hash.empty() ? std::string(message) : *Digest(parameters.hash, message));
}

absl::StatusOr<bool> VerifyWith(std::string_view pem, const SignatureParameters& parameters, std::string_view message,
                                std::string_view signature) {
  absl::StatusOr<Key> key = Key::Parse(Key::Role::kPublic, pem);
  if (!key.ok()) return key.status();
  std::string digest = parameters.hash.empty() ? std::string(message) : *Digest(parameters.hash, message);
  return Verify(*key, parameters, digest, signature);
}

struct Published {
  const char* name;
  SignatureScheme scheme;
  const char* hash;
  const char* key;
  const char* message;
  const char* signature;
};
constexpr Published kPublished[] = {
    {"RFC 7515 A.2", SignatureScheme::kPkcs1, "sha256", kRfc7515RsaKey,
     "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19"
     "yb290Ijp0cnVlfQ",
     "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9"
     "uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB"
     "_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq"
     "Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
    {"RFC 7515 A.3", SignatureScheme::kEcdsaConcatenated, "sha256", kRfc7515EcKey,
     "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19"
     "yb290Ijp0cnVlfQ",
     "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
    {"RFC 7520 4.2", SignatureScheme::kPss, "sha384", kRfc7520RsaKey,
     "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ"
     "1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24"
     "ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4",
     "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItl"
     "lVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0"
     "TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0"
     "uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw"},
    {"RFC 7520 4.3", SignatureScheme::kEcdsaConcatenated, "sha512", kRfc7520EcKey,
     "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ"
     "1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24"
     "ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4",
     "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_"
     "sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2"},
};

TEST(VerifyTest, HoldsForTheSignaturesOfTheStandardsAndForNoOther) {
  for (const Published& published : kPublished) {
    std::string signature = FromBase64Url(published.signature);
    SignatureParameters parameters = {published.scheme, published.hash};
    EXPECT_THAT(VerifyWith(published.key, parameters, published.message, signature), IsOkAndHolds(true))
        << published.name;
    EXPECT_THAT(VerifyWith(published.key, parameters, "another", signature), IsOkAndHolds(false)) << published.name;
    EXPECT_THAT(VerifyWith(published.key, parameters, published.message, ""), IsOkAndHolds(false)) << published.name;
    EXPECT_THAT(VerifyWith(published.key, parameters, published.message, signature + "x"), IsOkAndHolds(false));
    for (size_t at = 0; at < signature.size(); at += 5) {
      std::string damaged = signature;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      EXPECT_THAT(VerifyWith(published.key, parameters, published.message, damaged), IsOkAndHolds(false)) << at;
    }
  }
}

TEST(SignTest, MakesWhatVerifiesWithThePublishedPair) {
  for (SignatureScheme scheme : {SignatureScheme::kPss, SignatureScheme::kPkcs1, SignatureScheme::kByKey}) {
    SignatureParameters parameters = {scheme, "sha256"};
    absl::StatusOr<std::string> signature = SignWith(kSamplePrivateKey, parameters, "MongoDB is great!");
    ASSERT_THAT(signature, IsOk());
    EXPECT_EQ(signature->size(), 128U);
    EXPECT_THAT(VerifyWith(kSamplePublicKey, parameters, "MongoDB is great!", *signature), IsOkAndHolds(true));
    EXPECT_THAT(VerifyWith(kSamplePrivateKey, parameters, "MongoDB is great!", *signature), IsOkAndHolds(true));
    EXPECT_THAT(VerifyWith(kSamplePublicKey, parameters, "MongoDB is great?", *signature), IsOkAndHolds(false));
  }
  std::string pkcs1 = *SignWith(kSamplePrivateKey, {SignatureScheme::kPkcs1, "sha256"}, "m");
  EXPECT_THAT(VerifyWith(kSamplePublicKey, {SignatureScheme::kPss, "sha256"}, "m", pkcs1), IsOkAndHolds(false));
}

TEST(SignTest, GivesPssASaltOfTheLengthAskedFor) {
  for (int salt : {0, 20, 32, kSaltAsHash, kSaltAny}) {
    SignatureParameters parameters = {SignatureScheme::kPss, "sha256", salt};
    std::string signature = *SignWith(kSamplePrivateKey, parameters, "m");
    EXPECT_THAT(VerifyWith(kSamplePublicKey, {SignatureScheme::kPss, "sha256", kSaltAny}, "m", signature),
                IsOkAndHolds(true));
    bool as_hash = salt == 32 || salt == kSaltAsHash;
    EXPECT_THAT(VerifyWith(kSamplePublicKey, {SignatureScheme::kPss, "sha256", kSaltAsHash}, "m", signature),
                IsOkAndHolds(as_hash))
        << salt;
  }
}

TEST(SignTest, WritesEllipticSignaturesInBothForms) {
  const std::pair<const char*, size_t> curves[] = {{"P-256", 64}, {"P-384", 96}, {"P-521", 132}, {"secp256k1", 64}};
  for (const auto& [curve, bytes] : curves) {
    auto [secret, open] = PairOf(EVP_EC_gen(curve));
    for (SignatureScheme scheme : {SignatureScheme::kEcdsaConcatenated, SignatureScheme::kEcdsaDer}) {
      SignatureParameters parameters = {scheme, "sha256"};
      std::string signature = *SignWith(secret, parameters, "m");
      if (scheme == SignatureScheme::kEcdsaConcatenated) {
        EXPECT_EQ(signature.size(), bytes) << curve;
      }
      EXPECT_THAT(VerifyWith(open, parameters, "m", signature), IsOkAndHolds(true)) << curve;
      EXPECT_THAT(VerifyWith(open, parameters, "n", signature), IsOkAndHolds(false)) << curve;
    }
  }
}

TEST(SignTest, SignsMessagesWithEd25519) {
  auto [secret, open] = PairOf(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  SignatureParameters parameters = {SignatureScheme::kEd25519, ""};
  std::string signature = *SignWith(secret, parameters, "message");
  EXPECT_THAT(VerifyWith(open, parameters, "message", signature), IsOkAndHolds(true));
  EXPECT_THAT(VerifyWith(open, parameters, "Message", signature), IsOkAndHolds(false));
  EXPECT_THAT(SignWith(secret, {SignatureScheme::kByKey, "sha256"}, "message"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SignWith(secret, parameters, std::string((16 << 20) + 1, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(SignTest, KeepsToWhatAPssKeyAllows) {
  absl::StatusOr<std::string> signature = SignWith(kPssPrivateKey, {SignatureScheme::kPss, "sha256", 32}, "m");
  ASSERT_THAT(signature, IsOk());
  EXPECT_THAT(VerifyWith(kPssPrivateKey, {SignatureScheme::kByKey, "sha256"}, "m", *signature), IsOkAndHolds(true));
  EXPECT_FALSE(SignWith(kPssPrivateKey, {SignatureScheme::kPkcs1, "sha256"}, "m").ok());
  EXPECT_FALSE(SignWith(kPssPrivateKey, {SignatureScheme::kPss, "sha512"}, "m").ok());
}

TEST(SignTest, RefusesKeysOfAnotherKind) {
  auto [secret, open] = PairOf(EVP_EC_gen("P-256"));
  EXPECT_EQ(SignWith(secret, {SignatureScheme::kPss, "sha256"}, "m").status().message(), "key: not an RSA key");
  EXPECT_EQ(SignWith(kSamplePrivateKey, {SignatureScheme::kEcdsaConcatenated, "sha256"}, "m").status().message(),
            "key: not an elliptic-curve key");
  EXPECT_THAT(SignWith(open, {SignatureScheme::kByKey, "sha256"}, "m").status().message(),
              HasSubstr("not a private key in PEM form"));
  // 512 bits are not enough for SHA-512 in PKCS#1.
  EXPECT_THAT(SignWith(PairOf(EVP_RSA_gen(512)).first, {SignatureScheme::kPkcs1, "sha512"}, "m").status().message(),
              HasSubstr("512 bits are too few"));
}

TEST(RsaTest, DecryptsWhatItEncrypted) {
  Key open = *Key::Parse(Key::Role::kPublic, kSamplePublicKey);
  Key secret = *Key::Parse(Key::Role::kPrivate, kSamplePrivateKey);
  for (RsaEncryption encryption : {RsaEncryption{}, RsaEncryption{"sha1", ""}, RsaEncryption{"sha256", "label"}}) {
    std::string sealed = *RsaEncrypt(open, encryption, "text");
    EXPECT_THAT(RsaDecrypt(secret, encryption, sealed), IsOkAndHolds("text"));
    if (encryption.oaep_hash.empty()) continue;
    sealed[5] = static_cast<char>(sealed[5] ^ 1);
    EXPECT_THAT(RsaDecrypt(secret, encryption, sealed), StatusIs(absl::StatusCode::kFailedPrecondition));
  }
  EXPECT_THAT(RsaEncrypt(open, {}, std::string(200, 'x')), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(RsaDecrypt(open, {}, "x"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(KeyTest, SaysWhatAKeyIs) {
  EXPECT_EQ(Key::Parse(Key::Role::kPublic, kRfc7520EcKey)->curve(), "secp521r1");
  EXPECT_EQ(Key::Parse(Key::Role::kPublic, kRfc7515RsaKey)->bits(), 2048);
  EXPECT_EQ(Key::Parse(Key::Role::kPublic, kRfc7515RsaKey)->Pem(), kRfc7515RsaKey);
  EXPECT_THAT(Key::Parse(Key::Role::kPublic, kSamplePublicKey)->Pem(), HasSubstr("BEGIN PUBLIC KEY"));
  EXPECT_THAT(Key::Parse(Key::Role::kPrivate, kSamplePrivateKey)->Pem(), HasSubstr("BEGIN PRIVATE KEY"));
}

TEST(KeyTest, RefusesWhatIsNoKey) {
  std::string cut(kSamplePrivateKey);
  cut.erase(200, 70);
  for (std::string_view text :
       {std::string_view(""), std::string_view("secret"), std::string_view("-----BEGIN PUBLIC KEY-----"),
        std::string_view("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), std::string_view(cut),
        std::string_view("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}) {
    for (Key::Role role : {Key::Role::kPrivate, Key::Role::kPublic}) {
      EXPECT_THAT(Key::Parse(role, text), StatusIs(absl::StatusCode::kInvalidArgument, "CRYPTO_INVALID")) << text;
    }
  }
  EXPECT_THAT(Key::Parse(Key::Role::kPublic, std::string(40'000, 'x')).status().message(), HasSubstr("40000 bytes"));
}

TEST(KeyTest, RefusesEveryDamagedKeyOrReadsItAsAnother) {
  // What is parsed here comes from functions: nothing may crash or hang.
  const std::string pem = kSamplePrivateKey;
  for (size_t at = 0; at < pem.size(); at += 3) {
    std::string damaged = pem;
    damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
    for (Key::Role role : {Key::Role::kPrivate, Key::Role::kPublic}) {
      absl::StatusOr<Key> key = Key::Parse(role, damaged);
      if (key.ok() && role == Key::Role::kPrivate) {
        static_cast<void>(Sign(*key, {SignatureScheme::kPkcs1, "sha256"}, *Digest("sha256", "m")));
      }
    }
  }
}

TEST(KeyTest, RefusesKeysThatWouldTakeTooLong) {
  EXPECT_THAT(Key::Parse(Key::Role::kPrivate, PairOf(EVP_EC_gen("P-256")).first), IsOk());
  KeyPointer other(EVP_EC_gen("P-224"));
  Bio curve(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(curve.get(), other.get());
  char* text = nullptr;
  long text_bytes = BIO_get_mem_data(curve.get(), &text);
  EXPECT_THAT(Key::Parse(Key::Role::kPublic, std::string(text, static_cast<size_t>(text_bytes))).status().message(),
              HasSubstr("unknown curve"));
  // A private exponent of 8,192 bits for a modulus of 1,024.
  KeyPointer good(EVP_RSA_gen(1024));
  BIGNUM* n = nullptr;
  ASSERT_EQ(EVP_PKEY_get_bn_param(good.get(), "n", &n), 1);
  BigNumber d(BN_new());
  ASSERT_EQ(BN_set_bit(d.get(), 8191), 1);
  BIGNUM* e = nullptr;
  ASSERT_EQ(EVP_PKEY_get_bn_param(good.get(), "e", &e), 1);
  RSA* rsa = RSA_new();
  RSA_set0_key(rsa, n, e, d.release());
  RSA_set0_factors(rsa, BN_dup(n), BN_dup(n));
  RSA_set0_crt_params(rsa, BN_dup(n), BN_dup(n), BN_dup(n));
  Bio bio(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_RSAPrivateKey(bio.get(), rsa, nullptr, nullptr, 0, nullptr, nullptr), 1);
  RSA_free(rsa);
  char* data = nullptr;
  long size = BIO_get_mem_data(bio.get(), &data);
  EXPECT_THAT(Key::Parse(Key::Role::kPrivate, std::string(data, static_cast<size_t>(size))).status().message(),
              HasSubstr("do not belong together"));
}

TEST(KeyCacheTest, KeepsTheKeysThatWereUsedLast) {
  KeyCache cache;
  const Key* first = *cache.Get(Key::Role::kPublic, kRfc7515RsaKey);
  EXPECT_EQ(*cache.Get(Key::Role::kPublic, kRfc7515RsaKey), first);
  EXPECT_NE(*cache.Get(Key::Role::kPublic, kSamplePrivateKey), *cache.Get(Key::Role::kPrivate, kSamplePrivateKey));
  for (size_t i = 0; i < KeyCache::kKeysMax; ++i) {
    EXPECT_THAT(cache.Get(Key::Role::kPublic, std::string(i, '\n') + kRfc7515EcKey), IsOk());
  }
  EXPECT_FALSE(cache.Get(Key::Role::kPublic, "damaged").ok());
  EXPECT_THAT(cache.Get(Key::Role::kPublic, kRfc7515RsaKey), IsOk());
}

}  // namespace
}  // namespace overlock::executor::crypto
