// Signs tokens. For tests only.
#ifndef OVERLOCK_COMMON_JWT_TEST_KEYS_H_
#define OVERLOCK_COMMON_JWT_TEST_KEYS_H_

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/crypto/hmac.h"
#include "common/jwt/base64url.h"

namespace overlock::jwt {

// A private key that signs as its public one verifies.
class Signer {
 public:
  static Signer Rsa(unsigned bits = 2048) { return Signer(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{bits})); }
  static Signer Curve(const char* name = "P-256") {
    return Signer(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", const_cast<char*>(name)));
  }
  static Signer Ed25519() { return Signer(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

  std::string PublicPem() const {
    std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), &BIO_free_all);
    PEM_write_bio_PUBKEY(bio.get(), key_.get());
    char* data = nullptr;
    long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<size_t>(size));
  }

  // The signature as tokens have it.
  std::string Sign(std::string_view message, const EVP_MD* digest) const {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    size_t size = 0;
    EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get());
    EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, message.size());
    signature.resize(size);
    return EVP_PKEY_is_a(key_.get(), "EC") ? SideBySide(signature) : signature;
  }

  // `{"kty":...}` with `more` inside, e.g. `,"kid":"1"`.
  std::string Jwk(std::string_view more = "") const {
    if (EVP_PKEY_is_a(key_.get(), "RSA")) {
      return absl::StrCat(R"({"kty":"RSA","n":")", Number(OSSL_PKEY_PARAM_RSA_N), R"(","e":")",
                          Number(OSSL_PKEY_PARAM_RSA_E), "\"", more, "}");
    }
    if (EVP_PKEY_is_a(key_.get(), "EC")) {
      return absl::StrCat(R"({"kty":"EC","crv":"P-256","x":")", Number(OSSL_PKEY_PARAM_EC_PUB_X, 32), R"(","y":")",
                          Number(OSSL_PKEY_PARAM_EC_PUB_Y, 32), "\"", more, "}");
    }
    std::string raw(32, '\0');
    size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
    return absl::StrCat(R"({"kty":"OKP","crv":"Ed25519","x":")", EncodeBase64Url(raw), "\"", more, "}");
  }

 private:
  explicit Signer(EVP_PKEY* key) : key_(key, &EVP_PKEY_free) {}

  std::string Number(const char* name, int bytes = 0) const {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &number);
    std::string text(static_cast<size_t>(bytes == 0 ? BN_num_bytes(number) : bytes), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(text.data()), static_cast<int>(text.size()));
    BN_free(number);
    return EncodeBase64Url(text);
  }
  std::string SideBySide(const std::string& der) const {
    const auto* data = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* parts = d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size()));
    int bytes = (EVP_PKEY_get_bits(key_.get()) + 7) / 8;
    std::string both(static_cast<size_t>(2 * bytes), '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(parts), reinterpret_cast<unsigned char*>(both.data()), bytes);
    BN_bn2binpad(ECDSA_SIG_get0_s(parts), reinterpret_cast<unsigned char*>(both.data()) + bytes, bytes);
    ECDSA_SIG_free(parts);
    return both;
  }

  std::shared_ptr<EVP_PKEY> key_;
};

inline std::string Join(std::string_view header, std::string_view claims) {
  return absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims));
}

inline std::string SignedToken(const Signer& signer, const EVP_MD* digest, std::string_view header,
                               std::string_view claims) {
  std::string message = Join(header, claims);
  return absl::StrCat(message, ".", EncodeBase64Url(signer.Sign(message, digest)));
}

inline std::string Hs256Token(std::string_view secret, std::string_view claims,
                              std::string_view header = R"({"alg":"HS256","typ":"JWT"})") {
  std::string message = Join(header, claims);
  return absl::StrCat(message, ".", EncodeBase64Url(crypto::HmacSha256(secret, message)));
}

}  // namespace overlock::jwt

#endif  // OVERLOCK_COMMON_JWT_TEST_KEYS_H_
