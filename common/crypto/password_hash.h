// Hashes of passwords: Argon2id (RFC 9106).
#ifndef OVERLOCK_COMMON_CRYPTO_PASSWORD_HASH_H_
#define OVERLOCK_COMMON_CRYPTO_PASSWORD_HASH_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace overlock::crypto {

struct PasswordHashParameters {
  // From 8 KiB for each lane to 1 GiB.
  uint32_t memory_kib = 19456;
  // 1 to 100.
  uint32_t passes = 2;
  // 1 to 16.
  uint32_t lanes = 1;
};

// INVALID_ARGUMENT (`BAD_HASH_PARAMETERS`) naming the one that is out of range and what is allowed.
absl::Status CheckParameters(const PasswordHashParameters& parameters);

// A PHC string, `$argon2id$v=19$m=19456,t=2,p=1$...`, with 16 random bytes of salt and 32 of hash. Takes as long as the
// parameters ask for. RESOURCE_EXHAUSTED (`NO_MEMORY`); INTERNAL (`HASH_FAILED`).
absl::StatusOr<std::string> HashPassword(std::string_view password, const PasswordHashParameters& parameters);

// A hash of those parameters that is no known password's: salt and hash are random. Takes no time; to check a password
// against it takes as long as against any other. The parameters must be in range.
std::string NobodysPasswordHash(const PasswordHashParameters& parameters);

// Whether the password is the hashed one. A string that is no hash of ours, or whose parameters are out of range, is
// nobody's: false. RESOURCE_EXHAUSTED (`NO_MEMORY`).
absl::StatusOr<bool> VerifyPassword(std::string_view password, const std::string& hash);

// Whether the string has exactly these parameters; false if it is no hash of ours.
bool HasParameters(std::string_view hash, const PasswordHashParameters& parameters);

// Whether VerifyPassword() could ever say yes: the form, and parameters in range.
bool IsPasswordHash(std::string_view hash);

}  // namespace overlock::crypto

#endif  // OVERLOCK_COMMON_CRYPTO_PASSWORD_HASH_H_
