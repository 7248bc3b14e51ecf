// Tokens: any text is read or refused; what is read checks its claims and is nobody's without the key.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "common/jwt/key.h"
#include "common/jwt/token.h"

namespace {

using overlock::jwt::Key;
using overlock::jwt::Token;

void Require(bool condition) {
  if (!condition) std::abort();
}

const std::vector<Key>& Keys() {
  static const auto* const kKeys = new std::vector<Key>{
      *Key::FromSecret("a secret of more than thirty-two bytes"),
      // RFC 8037, appendix A.2.
      *Key::FromEd25519("\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a\x0e\xe1\x72\xf3\xda\xa6\x23"
                        "\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a")};
  return *kKeys;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  absl::StatusOr<Token> token = Token::Parse(text);
  Require(token.ok() || token.status().code() == absl::StatusCode::kInvalidArgument);
  if (!token.ok()) return 0;
  Require(size <= overlock::jwt::kTokenBytesMax);
  bool valid = token->CheckClaims(absl::FromUnixSeconds(1'600'000'000)).ok();
  Require(!valid || !token->subject().empty());
  Require(!token->IsFor({}, true) && !token->IsFor({}, false));
  token->IsFor({"app-abcde", "other"}, true);
  // The answer is the same whenever it is asked for.
  for (const Key& key : Keys()) Require(token->SignedBy(key) == token->SignedBy(key));
  return 0;
}
