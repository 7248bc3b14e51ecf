// The signature algorithms of JSON Web Tokens (RFC 7518, RFC 8037).
#ifndef OVERLOCK_COMMON_JWT_ALGORITHM_H_
#define OVERLOCK_COMMON_JWT_ALGORITHM_H_

#include <optional>
#include <string_view>

namespace overlock::jwt {

// `none` is not among them.
enum class Algorithm { kHs256, kHs384, kHs512, kRs256, kRs384, kRs512, kEs256, kEs384, kEs512, kEdDsa };

// `RS256` and so on, exactly so.
std::optional<Algorithm> AlgorithmOf(std::string_view name);
// Whether signer and verifier share a secret.
bool IsSymmetric(Algorithm algorithm);

}  // namespace overlock::jwt

#endif  // OVERLOCK_COMMON_JWT_ALGORITHM_H_
