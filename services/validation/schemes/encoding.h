// How senders write bytes as text.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_ENCODING_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_ENCODING_H_

#include <optional>
#include <string>
#include <string_view>

namespace overlock::validation {

enum class Encoding {
  // The bytes themselves.
  kPlain,
  // Hexadecimal digits in either case.
  kHex,
  // Hexadecimal digits, the letters in lower case.
  kHexLower,
  // Base64 with its padding.
  kBase64,
  // Base64, with all of its padding or with none.
  kBase64AnyPadding,
  // The same in the alphabet for URLs.
  kBase64Url,
};

// The bytes, or nothing where `text` has another form: there is one text for given bytes (up to case and padding), so
// white space and stray bits are refused too.
std::optional<std::string> Decode(Encoding encoding, std::string_view text);

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_ENCODING_H_
