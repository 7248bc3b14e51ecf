// Keys that verify signatures.
#ifndef OVERLOCK_COMMON_JWT_KEY_H_
#define OVERLOCK_COMMON_JWT_KEY_H_

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/jwt/algorithm.h"

namespace overlock::jwt {

// A secret or a public key. What kind it is decides which algorithms it serves, so a public key is never taken for a
// secret. Immutable, cheap to copy, thread-safe. Errors are INVALID_ARGUMENT (`BAD_KEY`) and show nothing of the key.
class Key {
 public:
  // 32 bytes at least, as RFC 7518 asks; and no PEM text, which everybody may know.
  static absl::StatusOr<Key> FromSecret(std::string secret);
  // A public key or a certificate in PEM: RSA of 2048 to 8192 bits, P-256, P-384, P-521, Ed25519. A certificate's dates
  // and issuer are not looked at. `\n` written as backslash and n counts as a line's end.
  static absl::StatusOr<Key> FromPem(std::string_view pem);
  // RSA by modulus and exponent, elliptic curves by `P-256`, `P-384`, `P-521` and coordinates, Ed25519; big-endian
  // bytes.
  static absl::StatusOr<Key> FromRsa(std::string_view modulus, std::string_view exponent);
  static absl::StatusOr<Key> FromCurve(std::string_view curve, std::string_view x, std::string_view y);
  static absl::StatusOr<Key> FromEd25519(std::string_view bytes);

  // Whether it is a key for this algorithm.
  bool Serves(Algorithm algorithm) const;
  // False if it does not serve the algorithm, too.
  bool Verify(Algorithm algorithm, std::string_view message, std::string_view signature) const;

 private:
  enum class Kind { kSecret, kRsa, kP256, kP384, kP521, kEd25519 };

  Key() = default;
  static absl::StatusOr<Key> FromPublicKey(std::shared_ptr<EVP_PKEY> public_key);

  Kind kind_ = Kind::kSecret;
  std::string secret_;
  std::shared_ptr<EVP_PKEY> public_key_;
};

}  // namespace overlock::jwt

#endif  // OVERLOCK_COMMON_JWT_KEY_H_
