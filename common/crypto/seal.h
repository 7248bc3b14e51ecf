// Sealing: what is stored so that only the holder of a key can read it.
#ifndef OVERLOCK_COMMON_CRYPTO_SEAL_H_
#define OVERLOCK_COMMON_CRYPTO_SEAL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace overlock::crypto {

// A 256-bit key for AES-256-GCM. Thread-safe.
class SealKey {
 public:
  // Reads a key file: 64 hexadecimal digits, white space around them allowed. FAILED_PRECONDITION (`SEAL_KEY_BAD`,
  // `SEAL_KEY_UNREADABLE`) if it is not one. With `create`, a missing file is made, readable by its owner alone.
  static absl::StatusOr<SealKey> FromFile(const std::string& path, bool create);
  // A new random key.
  static SealKey Random();

  // Encrypts and authenticates; `context` is authenticated too and must be the same when opening, so that a
  // sealed text cannot be moved to another place. Returns 12 bytes nonce, the cipher text, 16 bytes tag.
  std::string Seal(std::string_view plain, std::string_view context) const;
  // DATA_LOSS (`SEAL_BROKEN`) if it was sealed with another key or context, or changed.
  absl::StatusOr<std::string> Open(std::string_view sealed, std::string_view context) const;

 private:
  explicit SealKey(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace overlock::crypto

#endif  // OVERLOCK_COMMON_CRYPTO_SEAL_H_
