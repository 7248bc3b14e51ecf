// Sets of keys: any text is read or refused; no key of a set serves an algorithm with a shared secret.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/jwt/jwk_set.h"
#include "common/jwt/key.h"
#include "common/jwt/token.h"

namespace {

using overlock::jwt::JwkSet;
using overlock::jwt::Key;
using overlock::jwt::Token;

void Require(bool condition) {
  if (!condition) std::abort();
}

// RFC 7515, appendix A.1: HS256.
constexpr char kToken[] =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  absl::StatusOr<JwkSet> set = JwkSet::Parse(text);
  Require(set.ok() || set.status().code() == absl::StatusCode::kInvalidArgument);
  if (set.ok()) {
    static const auto* const kParsed = new Token(*Token::Parse(kToken));
    Require(set->size() <= overlock::jwt::kJwkSetKeysMax);
    Require(!set->HasSigned(*kParsed));
  }
  absl::StatusOr<Key> key = Key::FromPem(text);
  Require(!key.ok() || !key->Serves(overlock::jwt::Algorithm::kHs256));
  return 0;
}
