// Hashes and ciphers by the names that Node.js gives them.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CRYPTO_ALGORITHMS_H_
#define OVERLOCK_SERVICES_EXECUTOR_CRYPTO_ALGORITHMS_H_

#include <openssl/evp.h>

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace overlock::executor::crypto {

// Makes what OpenSSL would otherwise look for when it is first used, without its configuration file. A worker calls it
// before its jail closes; afterwards nothing in this directory opens a file.
void Initialize();

// The names are small letters: `sha256`, `sha512-256`, `aes-256-gcm`. Unknown ones are INVALID_ARGUMENT, and the
// message names all there are. What is returned lives until the process ends. Thread-safe.
absl::StatusOr<const EVP_MD*> FindHash(std::string_view name);
absl::StatusOr<const EVP_CIPHER*> FindCipher(std::string_view name);
std::vector<std::string_view> HashNames();
std::vector<std::string_view> CipherNames();

}  // namespace overlock::executor::crypto

#endif  // OVERLOCK_SERVICES_EXECUTOR_CRYPTO_ALGORITHMS_H_
