// Compares that tell nothing by how long they take.
#ifndef OVERLOCK_COMMON_CRYPTO_CONSTANT_TIME_H_
#define OVERLOCK_COMMON_CRYPTO_CONSTANT_TIME_H_

#include <openssl/crypto.h>

#include <string_view>

namespace overlock::crypto {

// Whether two byte strings are the same, in a time that depends on their lengths alone. Use it for digests; for
// secrets whose length is one too, compare their digests (SecretEquals).
inline bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace overlock::crypto

#endif  // OVERLOCK_COMMON_CRYPTO_CONSTANT_TIME_H_
