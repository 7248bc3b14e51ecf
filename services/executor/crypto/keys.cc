#include "services/executor/crypto/keys.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"

namespace overlock::executor::crypto {
namespace {

constexpr size_t kPemBytesMax = 32 << 10;
constexpr int kRsaBitsMin = 512;
constexpr int kRsaBitsMax = 4096;
constexpr std::string_view kCurves[] = {"prime256v1", "secp384r1", "secp521r1", "secp256k1"};

using Certificate = std::unique_ptr<X509, Freer<&X509_free>>;

// A key with a pass phrase is refused: its author chooses how long the phrase takes to check.
int NoPassPhrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

Bio Open(std::string_view pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

KeyPointer ReadPrivate(std::string_view pem) {
  Bio bio = Open(pem);
  return KeyPointer(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassPhrase, nullptr));
}

KeyPointer ReadPublic(std::string_view pem) {
  if (pem.find("-----BEGIN CERTIFICATE") != pem.npos) {
    Bio bio = Open(pem);
    Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassPhrase, nullptr));
    return KeyPointer(certificate == nullptr ? nullptr : X509_get_pubkey(certificate.get()));
  }
  if (pem.find("PRIVATE KEY-----") != pem.npos) {
    KeyPointer key = ReadPrivate(pem);
    if (key == nullptr) return nullptr;
    // Only the public half is kept.
    unsigned char* der = nullptr;
    int size = i2d_PUBKEY(key.get(), &der);
    if (size <= 0) return nullptr;
    const unsigned char* at = der;
    KeyPointer half(d2i_PUBKEY(nullptr, &at, size));
    OPENSSL_free(der);
    return half;
  }
  // SPKI and PKCS#1.
  Bio bio = Open(pem);
  return KeyPointer(PEM_read_bio_PUBKEY(bio.get(), nullptr, NoPassPhrase, nullptr));
}

KeyPointer ReadRsaPublic(std::string_view pem) {
  Bio bio = Open(pem);
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) return nullptr;
  const unsigned char* at = data;
  KeyPointer key(std::string_view(name) == "RSA PUBLIC KEY" ? d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size)
                                                            : nullptr);
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return key;
}

int BitsOf(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return 0;
  BigNumber owner(number);
  return BN_num_bits(number);
}

// Numbers longer than the modulus would make an operation last as long as their author likes.
absl::Status CheckRsa(const EVP_PKEY* key) {
  int bits = EVP_PKEY_get_bits(key);
  if (bits < kRsaBitsMin || bits > kRsaBitsMax) {
    return Invalid(absl::StrCat("key: RSA with ", bits, " bits, allowed: ", kRsaBitsMin, " to ", kRsaBitsMax));
  }
  std::vector<std::string> names = {OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D};
  for (std::string_view prefix : {"rsa-factor", "rsa-exponent", "rsa-coefficient"}) {
    for (int i = 1; i <= 10; ++i) names.push_back(absl::StrCat(prefix, i));
  }
  for (const std::string& name : names) {
    if (BitsOf(key, name.c_str()) > bits) return Invalid("key: the parts of this RSA key do not belong together");
  }
  return absl::OkStatus();
}

std::string CurveOf(const EVP_PKEY* key) {
  char name[64];
  size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name, sizeof(name), &size) != 1) return "";
  return std::string(name, size);
}

}  // namespace

absl::Status Key::Check() {
  if (EVP_PKEY_is_a(get(), "RSA") == 1) {
    kind_ = Kind::kRsa;
    return CheckRsa(get());
  }
  if (EVP_PKEY_is_a(get(), "RSA-PSS") == 1) {
    kind_ = Kind::kRsaPss;
    return CheckRsa(get());
  }
  if (EVP_PKEY_is_a(get(), "ED25519") == 1) {
    kind_ = Kind::kEd25519;
    return absl::OkStatus();
  }
  if (EVP_PKEY_is_a(get(), "EC") == 1) {
    kind_ = Kind::kEllipticCurve;
    curve_ = CurveOf(get());
    if (std::find(std::begin(kCurves), std::end(kCurves), curve_) != std::end(kCurves)) return absl::OkStatus();
    return Invalid("key: unknown curve, allowed: P-256, P-384, P-521, secp256k1");
  }
  return Invalid("key: unknown kind, allowed: RSA, EC, Ed25519");
}

absl::StatusOr<Key> Key::Parse(Role role, std::string_view pem) {
  if (pem.size() > kPemBytesMax) {
    return Invalid(absl::StrCat("key: ", pem.size(), " bytes of PEM, allowed: ", kPemBytesMax));
  }
  if (pem.find("ENCRYPTED") != pem.npos) return Invalid("key: it has a pass phrase, allowed: keys without one");
  KeyPointer pointer = role == Role::kPrivate ? ReadPrivate(pem) : ReadPublic(pem);
  if (pointer == nullptr && role == Role::kPublic) pointer = ReadRsaPublic(pem);
  if (pointer == nullptr) {
    return Invalid(role == Role::kPrivate
                       ? "key: not a private key in PEM form, allowed: PKCS#8, PKCS#1, SEC 1"
                       : "key: not a public key in PEM form, allowed: SPKI, PKCS#1, a certificate, a private key");
  }
  Key key(role, std::move(pointer));
  OVERLOCK_RETURN_IF_ERROR(key.Check());
  ERR_clear_error();
  return key;
}

std::string Key::Pem() const {
  Bio bio(BIO_new(BIO_s_mem()));
  Must(role_ == Role::kPrivate ? PEM_write_bio_PKCS8PrivateKey(bio.get(), get(), nullptr, nullptr, 0, nullptr, nullptr)
                               : PEM_write_bio_PUBKEY(bio.get(), get()));
  char* data = nullptr;
  long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

absl::StatusOr<const Key*> KeyCache::Get(Key::Role role, std::string_view pem) {
  auto it = std::find_if(entries_.begin(), entries_.end(),
                         [&](const Entry& entry) { return entry.key.role() == role && entry.pem == pem; });
  if (it != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, it);
    return &entries_.front().key;
  }
  OVERLOCK_ASSIGN_OR_RETURN(Key key, Key::Parse(role, pem));
  entries_.push_front({std::string(pem), std::move(key)});
  if (entries_.size() > kKeysMax) entries_.pop_back();
  return &entries_.front().key;
}

}  // namespace overlock::executor::crypto
