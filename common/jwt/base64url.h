// base64url as JSON Web Signatures have it (RFC 7515, section 2).
#ifndef OVERLOCK_COMMON_JWT_BASE64URL_H_
#define OVERLOCK_COMMON_JWT_BASE64URL_H_

#include <optional>
#include <string>
#include <string_view>

namespace overlock::jwt {

// Nothing unless the text is the one encoding of some bytes: no padding, no white space, no bits left over.
std::optional<std::string> DecodeBase64Url(std::string_view text);
std::string EncodeBase64Url(std::string_view bytes);

}  // namespace overlock::jwt

#endif  // OVERLOCK_COMMON_JWT_BASE64URL_H_
