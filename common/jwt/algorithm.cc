#include "common/jwt/algorithm.h"

#include <utility>

namespace overlock::jwt {

std::optional<Algorithm> AlgorithmOf(std::string_view name) {
  constexpr std::pair<std::string_view, Algorithm> kAlgorithms[] = {
      {"HS256", Algorithm::kHs256}, {"HS384", Algorithm::kHs384}, {"HS512", Algorithm::kHs512},
      {"RS256", Algorithm::kRs256}, {"RS384", Algorithm::kRs384}, {"RS512", Algorithm::kRs512},
      {"ES256", Algorithm::kEs256}, {"ES384", Algorithm::kEs384}, {"ES512", Algorithm::kEs512},
      {"EdDSA", Algorithm::kEdDsa}};
  for (const auto& [known, algorithm] : kAlgorithms) {
    if (known == name) return algorithm;
  }
  return std::nullopt;
}

bool IsSymmetric(Algorithm algorithm) {
  return algorithm == Algorithm::kHs256 || algorithm == Algorithm::kHs384 || algorithm == Algorithm::kHs512;
}

}  // namespace overlock::jwt
