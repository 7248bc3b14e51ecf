// JSON Web Tokens: signed, compact (RFC 7515, RFC 7519).
#ifndef OVERLOCK_COMMON_JWT_TOKEN_H_
#define OVERLOCK_COMMON_JWT_TOKEN_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/ejson/value.h"
#include "common/jwt/algorithm.h"
#include "common/jwt/key.h"

namespace overlock::jwt {

inline constexpr size_t kTokenBytesMax = 16 << 10;
inline constexpr absl::Duration kClockSkew = absl::Seconds(60);

// A token as it was read. Nothing in it is true before SignedBy() says so. Errors of all methods are INVALID_ARGUMENT
// (`BAD_TOKEN`) and say what is wrong without showing any of the token.
class Token {
 public:
  // Refused: more than 16 KiB; anything but three parts of strict base64url; a header or claims that are no JSON object
  // or have a name twice; an algorithm that is not one of ours, `none` first of all; `crit`, of which we know nothing.
  // Keys that a header brings along (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
  static absl::StatusOr<Token> Parse(std::string_view text);

  Algorithm algorithm() const { return algorithm_; }
  // Which of the signer's keys; empty if it does not say.
  const std::string& key_id() const { return key_id_; }
  // A document.
  const ejson::Value& claims() const { return claims_; }
  // The same as JSON text.
  const std::string& claims_json() const { return claims_json_; }
  // Not empty once CheckClaims() is OK.
  const std::string& subject() const { return subject_; }

  // What is signed, and the signature; for a cache of what was verified.
  const std::string& message() const { return message_; }
  const std::string& signature() const { return signature_; }

  bool SignedBy(const Key& key) const { return key.Verify(algorithm_, message_, signature_); }
  // `exp` and `sub` must be there; `exp`, and `nbf` if it is there, must hold at `now`, a minute more or less.
  absl::Status CheckClaims(absl::Time now) const;
  // Whether `aud`, a string or an array of strings, names all of `audiences`, or with `any` one of them.
  bool IsFor(const std::vector<std::string>& audiences, bool any) const;

 private:
  Token() = default;

  Algorithm algorithm_ = Algorithm::kHs256;
  std::string key_id_;
  ejson::Value claims_;
  std::string claims_json_;
  std::string subject_;
  std::string message_;
  std::string signature_;
};

}  // namespace overlock::jwt

#endif  // OVERLOCK_COMMON_JWT_TOKEN_H_
