// Symmetric ciphers.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CRYPTO_CIPHERS_H_
#define OVERLOCK_SERVICES_EXECUTOR_CRYPTO_CIPHERS_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/executor/crypto/openssl.h"

namespace overlock::executor::crypto {

// Encrypts or decrypts data that comes in pieces. All bytes are raw; errors carry a message for the author of the
// function: INVALID_ARGUMENT for input of a wrong form, FAILED_PRECONDITION for what does not decrypt. Nothing here can
// be interrupted: callers pass some megabytes at a time. Not thread-safe.
class CipherStream {
 public:
  struct Parameters {
    // See algorithms.h.
    std::string_view name;
    bool encrypt = true;
    std::string_view key;
    // As long as the cipher wants it; 1 to 64 bytes for the modes that authenticate.
    std::string_view iv;
  };
  static absl::StatusOr<CipherStream> Open(const Parameters& parameters);

  // Whether the last block is filled up (PKCS#7); it is by default.
  void SetPadding(bool padding);
  // For the modes that authenticate, before any data: what is authenticated but not encrypted.
  absl::Status AddAssociatedData(std::string_view data);
  // The tag to check, 4 to 16 bytes; before End() when decrypting in a mode that authenticates.
  absl::Status SetTag(std::string_view tag);

  absl::StatusOr<std::string> Update(std::string_view data);
  // To be called once, as the last. When decrypting, what Update() gave is only to be trusted if this succeeds.
  absl::StatusOr<std::string> End();
  // The tag of 16 bytes after encrypting in a mode that authenticates; empty otherwise.
  const std::string& tag() const { return tag_; }

 private:
  absl::Status CheckAuthenticates(std::string_view what) const;

  CipherContext context_;
  bool encrypts_ = true;
  bool authenticates_ = false;
  bool has_tag_ = false;
  bool ended_ = false;
  std::string tag_;
};

}  // namespace overlock::executor::crypto

#endif  // OVERLOCK_SERVICES_EXECUTOR_CRYPTO_CIPHERS_H_
