// Sets of public keys (RFC 7517).
#ifndef OVERLOCK_COMMON_JWT_JWK_SET_H_
#define OVERLOCK_COMMON_JWT_JWK_SET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/jwt/key.h"
#include "common/jwt/token.h"

namespace overlock::jwt {

inline constexpr size_t kJwkSetBytesMax = 256 << 10;
inline constexpr size_t kJwkSetKeysMax = 100;

// Immutable, thread-safe.
class JwkSet {
 public:
  // Keys that cannot be used are left out: secrets (`oct`), other kinds, `use` that is not `sig`, `key_ops` without
  // `verify`, what a Key refuses. INVALID_ARGUMENT (`BAD_JWK_SET`) if the text is no set or too large.
  static absl::StatusOr<JwkSet> Parse(std::string_view text);

  size_t size() const { return keys_.size(); }
  // Another number for every set that was ever parsed in this process; copies have the same.
  uint64_t serial() const { return serial_; }
  bool Has(std::string_view key_id) const;
  // Whether one of the keys has signed the token: those of its key id, or all if it names none. A key that names its
  // algorithm serves no other.
  bool HasSigned(const Token& token) const;

 private:
  struct Jwk {
    std::string id;
    std::optional<Algorithm> algorithm;
    Key key;
  };
  uint64_t serial_ = 0;
  std::vector<Jwk> keys_;
};

}  // namespace overlock::jwt

#endif  // OVERLOCK_COMMON_JWT_JWK_SET_H_
