// What asymmetric keys do: signatures, and RSA encryption.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CRYPTO_SIGNATURES_H_
#define OVERLOCK_SERVICES_EXECUTOR_CRYPTO_SIGNATURES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/executor/crypto/keys.h"

namespace overlock::executor::crypto {

// Raw bytes in and out. Errors are INVALID_ARGUMENT where the key or a parameter does not fit, with a message for the
// author of the function.

enum class SignatureScheme {
  // RSASSA-PKCS1-v1_5 and RSASSA-PSS with MGF1 of the same hash (RFC 8017).
  kPkcs1,
  kPss,
  // ECDSA: in DER, or r and s behind each other, each as long as the curve's order (RFC 7518 section 3.4).
  kEcdsaDer,
  kEcdsaConcatenated,
  // Ed25519 (RFC 8032) of the message itself.
  kEd25519,
  // PKCS#1 (PSS for keys that are for PSS only), ECDSA in DER or Ed25519, as the key is.
  kByKey,
};

// Salt lengths of RSASSA-PSS that are no numbers of bytes.
inline constexpr int kSaltAsHash = -1;
// Signing: as long as the key allows. Verifying: any.
inline constexpr int kSaltAny = -2;

struct SignatureParameters {
  SignatureScheme scheme = SignatureScheme::kByKey;
  // The hash that `digest` was made with; empty for Ed25519.
  std::string_view hash;
  int salt_bytes = kSaltAny;
};

// `digest` is the message's hash; for Ed25519 the message, at most 16 MiB.
absl::StatusOr<std::string> Sign(const Key& key, const SignatureParameters& parameters, std::string_view digest);
// A wrong signature, whatever its form, is false.
absl::StatusOr<bool> Verify(const Key& key, const SignatureParameters& parameters, std::string_view digest,
                            std::string_view signature);

struct RsaEncryption {
  // RSAES-OAEP with this hash (also MGF1's); empty for RSAES-PKCS1-v1_5.
  std::string_view oaep_hash;
  std::string_view oaep_label;
};
absl::StatusOr<std::string> RsaEncrypt(const Key& key, const RsaEncryption& encryption, std::string_view data);
// FAILED_PRECONDITION for what does not decrypt.
absl::StatusOr<std::string> RsaDecrypt(const Key& key, const RsaEncryption& encryption, std::string_view data);

}  // namespace overlock::executor::crypto

#endif  // OVERLOCK_SERVICES_EXECUTOR_CRYPTO_SIGNATURES_H_
