#include "common/jwt/key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/crypto/constant_time.h"
#include "common/status/status.h"

namespace overlock::jwt {
namespace {

constexpr size_t kSecretBytesMin = 32;
constexpr size_t kSecretBytesMax = 4096;
constexpr size_t kPemBytesMax = 64 << 10;
constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;

template <auto free>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using BigNumber = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;

absl::Status BadKey(std::string_view message) {
  ERR_clear_error();
  return Error(absl::StatusCode::kInvalidArgument, "BAD_KEY", message);
}

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::shared_ptr<EVP_PKEY> Own(EVP_PKEY* key) { return std::shared_ptr<EVP_PKEY>(key, &EVP_PKEY_free); }

const EVP_MD* DigestOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kHs256:
    case Algorithm::kRs256:
    case Algorithm::kEs256:
      return EVP_sha256();
    case Algorithm::kHs384:
    case Algorithm::kRs384:
    case Algorithm::kEs384:
      return EVP_sha384();
    case Algorithm::kHs512:
    case Algorithm::kRs512:
    case Algorithm::kEs512:
      return EVP_sha512();
    default:
      return nullptr;  // Ed25519 hashes by itself
  }
}

// The DER form of R and S side by side; empty if it is none.
std::string ToDer(std::string_view signature, size_t coordinate_bytes) {
  if (signature.size() != 2 * coordinate_bytes) return "";
  EcSignature parts(ECDSA_SIG_new());
  BigNumber r(BN_bin2bn(Bytes(signature), static_cast<int>(coordinate_bytes), nullptr));
  BigNumber s(BN_bin2bn(Bytes(signature) + coordinate_bytes, static_cast<int>(coordinate_bytes), nullptr));
  if (!parts || !r || !s || ECDSA_SIG_set0(parts.get(), r.get(), s.get()) != 1) return "";
  r.release();
  s.release();
  unsigned char* der = nullptr;
  int size = i2d_ECDSA_SIG(parts.get(), &der);
  if (size <= 0) return "";
  std::string text(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return text;
}

bool VerifyPublic(EVP_PKEY* key, const EVP_MD* digest, std::string_view message, std::string_view signature) {
  DigestContext context(EVP_MD_CTX_new());
  bool valid = context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
               EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
  if (!valid) ERR_clear_error();
  return valid;
}

bool VerifySecret(const std::string& secret, const EVP_MD* digest, std::string_view message,
                  std::string_view signature) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(digest, secret.data(), static_cast<int>(secret.size()), Bytes(message), message.size(), mac, &size) ==
      nullptr) {
    return false;
  }
  return crypto::ConstantTimeEquals(signature, std::string_view(reinterpret_cast<char*>(mac), size));
}

std::shared_ptr<EVP_PKEY> Build(const char* type, OSSL_PARAM_BLD* builder) {
  Params params(OSSL_PARAM_BLD_to_param(builder));
  KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return Own(key);
}

std::string CurveOf(EVP_PKEY* key) {
  char name[64];
  size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name, sizeof name, &size) != 1) return "";
  return std::string(name, size);
}

}  // namespace

absl::StatusOr<Key> Key::FromSecret(std::string secret) {
  if (secret.size() < kSecretBytesMin || secret.size() > kSecretBytesMax) {
    return BadKey(absl::StrCat("a secret must have ", kSecretBytesMin, " to ", kSecretBytesMax, " bytes"));
  }
  if (absl::StrContains(secret, "-----BEGIN ")) return BadKey("a PEM text is no secret");
  Key key;
  key.secret_ = std::move(secret);
  return key;
}

absl::StatusOr<Key> Key::FromPem(std::string_view pem) {
  if (pem.size() > kPemBytesMax) return BadKey(absl::StrCat("a PEM text must have at most ", kPemBytesMax, " bytes"));
  std::string text(pem);
  if (!absl::StrContains(text, '\n')) text = absl::StrReplaceAll(text, {{"\\n", "\n"}});
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) return BadKey("there is no memory");
  if (absl::StrContains(text, "-----BEGIN CERTIFICATE-----")) {
    Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) return BadKey("the certificate cannot be read");
    return FromPublicKey(Own(X509_get_pubkey(certificate.get())));
  }
  // Without a prompt for a pass phrase.
  auto no_password = [](char*, int, int, void*) { return -1; };
  return FromPublicKey(Own(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr)));
}

absl::StatusOr<Key> Key::FromRsa(std::string_view modulus, std::string_view exponent) {
  if (modulus.size() > kRsaBitsMax / 8 + 1 || exponent.size() > 8) return BadKey("the RSA key is too long");
  BigNumber n(BN_bin2bn(Bytes(modulus), static_cast<int>(modulus.size()), nullptr));
  BigNumber e(BN_bin2bn(Bytes(exponent), static_cast<int>(exponent.size()), nullptr));
  ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || !BN_is_odd(e.get()) || BN_is_one(e.get()) ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return BadKey("the RSA key cannot be read");
  }
  return FromPublicKey(Build("RSA", builder.get()));
}

absl::StatusOr<Key> Key::FromCurve(std::string_view curve, std::string_view x, std::string_view y) {
  size_t bytes = curve == "P-256" ? 32 : curve == "P-384" ? 48 : curve == "P-521" ? 66 : 0;
  if (bytes == 0 || x.size() != bytes || y.size() != bytes) return BadKey("the point does not fit the curve");
  const std::string name(curve);
  const std::string point = absl::StrCat("\x04", x, y);
  ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size()) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return BadKey("the point cannot be read");
  }
  return FromPublicKey(Build("EC", builder.get()));
}

absl::StatusOr<Key> Key::FromEd25519(std::string_view bytes) {
  return FromPublicKey(Own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(bytes), bytes.size())));
}

absl::StatusOr<Key> Key::FromPublicKey(std::shared_ptr<EVP_PKEY> public_key) {
  if (!public_key) return BadKey("the public key cannot be read");
  Key key;
  if (EVP_PKEY_is_a(public_key.get(), "RSA")) {
    int bits = EVP_PKEY_get_bits(public_key.get());
    if (bits < kRsaBitsMin || bits > kRsaBitsMax) {
      return BadKey(absl::StrCat("an RSA key must have ", kRsaBitsMin, " to ", kRsaBitsMax, " bits"));
    }
    key.kind_ = Kind::kRsa;
  } else if (EVP_PKEY_is_a(public_key.get(), "ED25519")) {
    key.kind_ = Kind::kEd25519;
  } else if (EVP_PKEY_is_a(public_key.get(), "EC")) {
    const std::string curve = CurveOf(public_key.get());
    if (curve != "prime256v1" && curve != "P-256" && curve != "secp384r1" && curve != "P-384" && curve != "secp521r1" &&
        curve != "P-521") {
      return BadKey("the curve must be P-256, P-384 or P-521");
    }
    key.kind_ = absl::StrContains(curve, "256")   ? Kind::kP256
                : absl::StrContains(curve, "384") ? Kind::kP384
                                                  : Kind::kP521;
    KeyContext context(EVP_PKEY_CTX_new(public_key.get(), nullptr));
    if (!context || EVP_PKEY_public_check(context.get()) != 1) return BadKey("the point is not on the curve");
  } else {
    return BadKey("the key must be of RSA, P-256, P-384, P-521 or Ed25519");
  }
  key.public_key_ = std::move(public_key);
  return key;
}

bool Key::Serves(Algorithm algorithm) const {
  switch (algorithm) {
    case Algorithm::kHs256:
    case Algorithm::kHs384:
    case Algorithm::kHs512:
      return kind_ == Kind::kSecret;
    case Algorithm::kRs256:
    case Algorithm::kRs384:
    case Algorithm::kRs512:
      return kind_ == Kind::kRsa;
    case Algorithm::kEs256:
      return kind_ == Kind::kP256;
    case Algorithm::kEs384:
      return kind_ == Kind::kP384;
    case Algorithm::kEs512:
      return kind_ == Kind::kP521;
    case Algorithm::kEdDsa:
      return kind_ == Kind::kEd25519;
  }
  return false;
}

bool Key::Verify(Algorithm algorithm, std::string_view message, std::string_view signature) const {
  if (!Serves(algorithm)) return false;
  const EVP_MD* digest = DigestOf(algorithm);
  size_t coordinate = kind_ == Kind::kP256 ? 32 : kind_ == Kind::kP384 ? 48 : kind_ == Kind::kP521 ? 66 : 0;
  if (kind_ == Kind::kSecret) return VerifySecret(secret_, digest, message, signature);
  if (coordinate == 0) return VerifyPublic(public_key_.get(), digest, message, signature);
  const std::string der = ToDer(signature, coordinate);
  return !der.empty() && VerifyPublic(public_key_.get(), digest, message, der);
}

}  // namespace overlock::jwt
