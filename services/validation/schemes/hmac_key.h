// An HMAC whose key is prepared once.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_HMAC_KEY_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_HMAC_KEY_H_

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace overlock::validation {

// A key after its two blocks were hashed. A message costs a copy of that state and its own hashing. Thread-safe.
class HmacKey {
 public:
  // `hash` is OpenSSL's name, e.g. `SHA256`; `key` must not be empty.
  HmacKey(const char* hash, std::string_view key);

  // The HMAC of the parts one after the other, as raw bytes. The parts are not copied.
  std::string Compute(absl::Span<const std::string_view> parts) const;

 private:
  struct Free {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  };
  std::unique_ptr<EVP_MAC_CTX, Free> context_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_HMAC_KEY_H_
