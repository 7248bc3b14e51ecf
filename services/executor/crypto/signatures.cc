#include "services/executor/crypto/signatures.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "services/executor/crypto/algorithms.h"

namespace overlock::executor::crypto {
namespace {

constexpr size_t kEd25519MessageBytesMax = 16 << 20;
constexpr size_t kOaepLabelBytesMax = 4096;

using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<&ECDSA_SIG_free>>;

SignatureScheme SchemeFor(const Key& key, SignatureScheme scheme) {
  if (scheme != SignatureScheme::kByKey) return scheme;
  switch (key.kind()) {
    case Key::Kind::kRsa:
      return SignatureScheme::kPkcs1;
    case Key::Kind::kRsaPss:
      return SignatureScheme::kPss;
    case Key::Kind::kEllipticCurve:
      return SignatureScheme::kEcdsaDer;
    case Key::Kind::kEd25519:
      break;
  }
  return SignatureScheme::kEd25519;
}

absl::Status CheckKind(const Key& key, SignatureScheme scheme, std::string_view hash) {
  switch (scheme) {
    case SignatureScheme::kPkcs1:
      return key.kind() == Key::Kind::kRsa ? absl::OkStatus() : Invalid("key: not an RSA key");
    case SignatureScheme::kPss:
      return key.kind() == Key::Kind::kRsa || key.kind() == Key::Kind::kRsaPss ? absl::OkStatus()
                                                                               : Invalid("key: not an RSA key");
    case SignatureScheme::kEcdsaDer:
    case SignatureScheme::kEcdsaConcatenated:
      return key.kind() == Key::Kind::kEllipticCurve ? absl::OkStatus() : Invalid("key: not an elliptic-curve key");
    default:
      if (key.kind() != Key::Kind::kEd25519) return Invalid("key: not an Ed25519 key");
      return hash.empty() ? absl::OkStatus() : Invalid("hash: an Ed25519 key signs without one");
  }
}

// The length of each half of a concatenated signature.
size_t HalfBytes(const Key& key) { return static_cast<size_t>(key.bits() + 7) / 8; }

std::string ToConcatenated(const Key& key, std::string_view der) {
  const unsigned char* at = Bytes(der);
  EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  const size_t half = HalfBytes(key);
  std::string out(2 * half, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), Bytes(out), static_cast<int>(half));
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), Bytes(out) + half, static_cast<int>(half));
  return out;
}

// Empty if it has another length.
std::string ToDer(const Key& key, std::string_view concatenated) {
  const size_t half = HalfBytes(key);
  if (concatenated.size() != 2 * half) return "";
  EcdsaSignature signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(Bytes(concatenated), static_cast<int>(half), nullptr),
                 BN_bin2bn(Bytes(concatenated) + half, static_cast<int>(half), nullptr));
  std::string der(static_cast<size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)), '\0');
  unsigned char* at = Bytes(der);
  i2d_ECDSA_SIG(signature.get(), &at);
  return der;
}

absl::StatusOr<KeyContext> Prepare(const Key& key, SignatureScheme scheme, const SignatureParameters& parameters,
                                   std::string_view digest, bool signing) {
  OVERLOCK_ASSIGN_OR_RETURN(const EVP_MD* hash, FindHash(parameters.hash));
  if (digest.size() != static_cast<size_t>(EVP_MD_get_size(hash))) {
    return Invalid(absl::StrCat("digest: ", digest.size(), " bytes, not one of ", parameters.hash));
  }
  KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  bool ready = (signing ? EVP_PKEY_sign_init(context.get()) : EVP_PKEY_verify_init(context.get())) == 1;
  if (scheme == SignatureScheme::kPkcs1 || scheme == SignatureScheme::kPss) {
    int padding = scheme == SignatureScheme::kPss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
    ready = ready && EVP_PKEY_CTX_set_rsa_padding(context.get(), padding) == 1;
  }
  ready = ready && EVP_PKEY_CTX_set_signature_md(context.get(), hash) == 1;
  // A key that is for PSS only may know its salt's length; then it takes no other.
  bool own_salt = key.kind() == Key::Kind::kRsaPss && parameters.salt_bytes == kSaltAny;
  if (scheme == SignatureScheme::kPss && !own_salt) {
    ready = ready && EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), parameters.salt_bytes) == 1;
  }
  if (!ready) return Invalid(absl::StrCat("this key cannot be used with the hash ", parameters.hash));
  return context;
}

absl::Status CheckMessage(std::string_view message) {
  if (message.size() <= kEd25519MessageBytesMax) return absl::OkStatus();
  return Invalid(absl::StrCat("message: ", message.size(), " bytes, allowed for Ed25519: ", kEd25519MessageBytesMax));
}

absl::StatusOr<std::string> SignEd25519(const Key& key, std::string_view message) {
  OVERLOCK_RETURN_IF_ERROR(CheckMessage(message));
  DigestContext context(EVP_MD_CTX_new());
  std::string signature(64, '\0');
  size_t size = signature.size();
  Must(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()));
  Must(EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(message), message.size()));
  return signature;
}

absl::StatusOr<bool> VerifyEd25519(const Key& key, std::string_view message, std::string_view signature) {
  OVERLOCK_RETURN_IF_ERROR(CheckMessage(message));
  DigestContext context(EVP_MD_CTX_new());
  Must(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()));
  bool holds = EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
  ERR_clear_error();
  return holds;
}

absl::StatusOr<KeyContext> PrepareRsa(const Key& key, const RsaEncryption& encryption, bool encrypting) {
  if (key.kind() != Key::Kind::kRsa) return Invalid("key: not an RSA key");
  KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  Must(encrypting ? EVP_PKEY_encrypt_init(context.get()) : EVP_PKEY_decrypt_init(context.get()));
  if (encryption.oaep_hash.empty()) {
    Must(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING));
    return context;
  }
  OVERLOCK_ASSIGN_OR_RETURN(const EVP_MD* hash, FindHash(encryption.oaep_hash));
  if (encryption.oaep_label.size() > kOaepLabelBytesMax) {
    return Invalid(absl::StrCat("label: ", encryption.oaep_label.size(), " bytes, allowed: ", kOaepLabelBytesMax));
  }
  if (EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), hash) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), hash) != 1) {
    return Invalid("padding: not possible with this hash");
  }
  if (!encryption.oaep_label.empty()) {
    // The context takes it.
    void* label = OPENSSL_memdup(encryption.oaep_label.data(), encryption.oaep_label.size());
    Must(EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), label, static_cast<int>(encryption.oaep_label.size())));
  }
  return context;
}

}  // namespace

absl::StatusOr<std::string> Sign(const Key& key, const SignatureParameters& parameters, std::string_view digest) {
  SignatureScheme scheme = SchemeFor(key, parameters.scheme);
  OVERLOCK_RETURN_IF_ERROR(CheckKind(key, scheme, parameters.hash));
  if (scheme == SignatureScheme::kEd25519) return SignEd25519(key, digest);
  OVERLOCK_ASSIGN_OR_RETURN(KeyContext context, Prepare(key, scheme, parameters, digest, /*signing=*/true));
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key.get()));
  std::string signature(size, '\0');
  if (EVP_PKEY_sign(context.get(), Bytes(signature), &size, Bytes(digest), digest.size()) != 1) {
    return Invalid(absl::StrCat("key: ", key.bits(), " bits are too few for a signature with ", parameters.hash));
  }
  signature.resize(size);
  return scheme == SignatureScheme::kEcdsaConcatenated ? ToConcatenated(key, signature) : signature;
}

absl::StatusOr<bool> Verify(const Key& key, const SignatureParameters& parameters, std::string_view digest,
                            std::string_view signature) {
  SignatureScheme scheme = SchemeFor(key, parameters.scheme);
  OVERLOCK_RETURN_IF_ERROR(CheckKind(key, scheme, parameters.hash));
  if (scheme == SignatureScheme::kEd25519) return VerifyEd25519(key, digest, signature);
  OVERLOCK_ASSIGN_OR_RETURN(KeyContext context, Prepare(key, scheme, parameters, digest, /*signing=*/false));
  std::string der;
  if (scheme == SignatureScheme::kEcdsaConcatenated) {
    der = ToDer(key, signature);
    if (der.empty()) return false;
    signature = der;
  }
  bool holds = EVP_PKEY_verify(context.get(), Bytes(signature), signature.size(), Bytes(digest), digest.size()) == 1;
  ERR_clear_error();
  return holds;
}

absl::StatusOr<std::string> RsaEncrypt(const Key& key, const RsaEncryption& encryption, std::string_view data) {
  OVERLOCK_ASSIGN_OR_RETURN(KeyContext context, PrepareRsa(key, encryption, /*encrypting=*/true));
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key.get()));
  std::string out(size, '\0');
  if (EVP_PKEY_encrypt(context.get(), Bytes(out), &size, Bytes(data), data.size()) != 1) {
    return Invalid(absl::StrCat("data: ", data.size(), " bytes are too many for a key of ", key.bits(), " bits"));
  }
  out.resize(size);
  return out;
}

absl::StatusOr<std::string> RsaDecrypt(const Key& key, const RsaEncryption& encryption, std::string_view data) {
  if (key.role() != Key::Role::kPrivate) return Invalid("key: not a private key");
  OVERLOCK_ASSIGN_OR_RETURN(KeyContext context, PrepareRsa(key, encryption, /*encrypting=*/false));
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key.get()));
  std::string out(size, '\0');
  if (EVP_PKEY_decrypt(context.get(), Bytes(out), &size, Bytes(data), data.size()) != 1) {
    return Failed("the data cannot be decrypted: another key, or damaged");
  }
  out.resize(size);
  return out;
}

}  // namespace overlock::executor::crypto
