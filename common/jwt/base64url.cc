#include "common/jwt/base64url.h"

#include "absl/strings/escaping.h"

namespace overlock::jwt {

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(text, &bytes)) return std::nullopt;
  // Abseil is lenient; only what it would write itself is taken.
  if (EncodeBase64Url(bytes) != text) return std::nullopt;
  return bytes;
}

std::string EncodeBase64Url(std::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

}  // namespace overlock::jwt
