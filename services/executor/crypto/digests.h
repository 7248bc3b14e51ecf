// Hashes, HMAC (RFC 2104) and what is derived from them.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CRYPTO_DIGESTS_H_
#define OVERLOCK_SERVICES_EXECUTOR_CRYPTO_DIGESTS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/executor/crypto/openssl.h"

namespace overlock::executor::crypto {

// All take and give raw bytes. Errors are INVALID_ARGUMENT with a message for the author of the function. Nothing here
// can be interrupted: callers pass some megabytes at a time.

absl::StatusOr<std::string> Digest(std::string_view hash, std::string_view data);
absl::StatusOr<std::string> Hmac(std::string_view hash, std::string_view key, std::string_view data);

// A hash, or with a key an HMAC, of data that comes in pieces. Not thread-safe.
class DigestStream {
 public:
  static absl::StatusOr<DigestStream> Open(std::string_view hash, std::optional<std::string_view> key);

  void Update(std::string_view data);
  DigestStream Copy() const;
  // To be called once, as the last.
  std::string End();

 private:
  DigestContext running_;
  // Of an HMAC: the outer hash, into which the key was worked.
  DigestContext outer_;
};

inline constexpr uint64_t kPbkdf2StepMax = 20'000;
// `count` further iterations of one block of PBKDF2 (RFC 8018 section 5.2) with HMAC: `u` is the last iteration's
// result, `t` their sum so far; both are changed in place. The caller has made the first iteration and goes on in
// steps, so that it can be stopped. `count` is at most kPbkdf2StepMax, some 20 ms.
absl::Status Pbkdf2Step(std::string_view hash, std::string_view password, std::span<char> u, std::span<char> t,
                        uint64_t count);

struct ScryptParameters {
  uint64_t cost = 0;
  uint64_t block_size = 0;
  uint64_t parallelization = 0;
};
// scrypt (RFC 7914). Since it cannot be interrupted: cost * block size * parallelization at most 262,144 (32 MiB of
// memory), block size * parallelization at most 1,024, password and salt at most 4 KiB, result at most 1 KiB.
absl::StatusOr<std::string> Scrypt(std::string_view password, std::string_view salt, const ScryptParameters& parameters,
                                   uint64_t bytes);

}  // namespace overlock::executor::crypto

#endif  // OVERLOCK_SERVICES_EXECUTOR_CRYPTO_DIGESTS_H_
