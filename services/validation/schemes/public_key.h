// Public keys of senders that sign with a private one.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_PUBLIC_KEY_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_PUBLIC_KEY_H_

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/types/span.h"

namespace overlock::validation {

// A key and what it verifies. Thread-safe.
class PublicKey {
 public:
  enum class Type {
    kEd25519,
    // ECDSA on P-256, SHA-256, DER.
    kEcdsaP256,
    // RSA PKCS #1 v1.5, SHA-256, at least 2048 bits.
    kRsa,
  };

  // Reads PEM (a public key or a certificate), or the SubjectPublicKeyInfo in base64; of Ed25519 also its 32 bytes in
  // hexadecimal digits or base64. Nothing where it is no key of that type. `text` has at most 16 KiB.
  static std::optional<PublicKey> Parse(Type type, std::string_view text);

  // Whether `signature` is that of the parts one after the other. Ed25519 needs them in one piece, which is a copy.
  bool Verify(absl::Span<const std::string_view> parts, std::string_view signature) const;

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  using KeyPtr = std::unique_ptr<EVP_PKEY, Free>;

  PublicKey(Type type, KeyPtr key) : type_(type), key_(std::move(key)) {}
  static KeyPtr ParsePem(std::string_view text);
  static KeyPtr ParseBytes(Type type, std::string_view text);

  Type type_;
  KeyPtr key_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_PUBLIC_KEY_H_
