// What names of HTTP headers and methods consist of.
#ifndef OVERLOCK_COMMON_TEXT_HTTP_TOKEN_H_
#define OVERLOCK_COMMON_TEXT_HTTP_TOKEN_H_

#include <string_view>

namespace overlock {

// A token (RFC 9110, section 5.6.2): at least one character, ASCII letters, digits and !#$%&'*+-.^_`|~ only.
bool IsHttpToken(std::string_view text);

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TEXT_HTTP_TOKEN_H_
