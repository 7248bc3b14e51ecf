// Keyed hashes (RFC 2104) on OpenSSL.
#ifndef OVERLOCK_COMMON_CRYPTO_HMAC_H_
#define OVERLOCK_COMMON_CRYPTO_HMAC_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace overlock::crypto {

// Results are raw bytes. Any key length, zero included. Thread-safe.
std::string HmacSha256(std::string_view key, std::string_view message);
std::string HmacSha1(std::string_view key, std::string_view message);
std::string Sha256(std::string_view message);

// Whether two secrets are the same, in a time that depends on neither content (nor on the shorter's length).
bool SecretEquals(std::string_view given, std::string_view wanted);

}  // namespace overlock::crypto

#endif  // OVERLOCK_COMMON_CRYPTO_HMAC_H_
