// Asymmetric keys in PEM form.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CRYPTO_KEYS_H_
#define OVERLOCK_SERVICES_EXECUTOR_CRYPTO_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "services/executor/crypto/openssl.h"

namespace overlock::executor::crypto {

// An RSA key of 512 to 4,096 bits, an elliptic-curve key of P-256, P-384, P-521 or secp256k1, or an Ed25519 key. What
// it holds was checked so far that no operation with it takes longer than with a good key of that size.
class Key {
 public:
  // kRsaPss keys are for RSASSA-PSS only.
  enum class Kind { kRsa, kRsaPss, kEllipticCurve, kEd25519 };
  enum class Role { kPrivate, kPublic };

  // A private key is PKCS#8, PKCS#1 or SEC 1, without a pass phrase. A public key is SPKI, PKCS#1, a certificate, or
  // the public half of a private key. Errors are INVALID_ARGUMENT; they hold nothing of the key. At most 32 KiB of
  // text.
  static absl::StatusOr<Key> Parse(Role role, std::string_view pem);

  EVP_PKEY* get() const { return pointer_.get(); }
  Kind kind() const { return kind_; }
  Role role() const { return role_; }
  int bits() const { return EVP_PKEY_get_bits(pointer_.get()); }
  // OpenSSL's name of the curve, `prime256v1`; empty for other kinds.
  const std::string& curve() const { return curve_; }
  // As PKCS#8 or SPKI.
  std::string Pem() const;

 private:
  Key(Role role, KeyPointer pointer) : role_(role), pointer_(std::move(pointer)) {}
  absl::Status Check();

  Role role_;
  Kind kind_ = Kind::kRsa;
  KeyPointer pointer_;
  std::string curve_;
};

// Keys by their text: reading one takes as long as using it. Keeps the last kKeysMax. Not thread-safe.
class KeyCache {
 public:
  static constexpr size_t kKeysMax = 16;
  // As Key::Parse(). Valid until the next call.
  absl::StatusOr<const Key*> Get(Key::Role role, std::string_view pem);

 private:
  struct Entry {
    std::string pem;
    Key key;
  };
  // The one used last comes first.
  std::list<Entry> entries_;
};

}  // namespace overlock::executor::crypto

#endif  // OVERLOCK_SERVICES_EXECUTOR_CRYPTO_KEYS_H_
