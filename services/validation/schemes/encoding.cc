#include "services/validation/schemes/encoding.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace overlock::validation {
namespace {

std::optional<std::string> DecodeHex(std::string_view text, bool lower_only) {
  bool digits = std::all_of(text.begin(), text.end(), [lower_only](char c) {
    return absl::ascii_isxdigit(static_cast<unsigned char>(c)) && !(lower_only && absl::ascii_isupper(c));
  });
  if (!digits || text.size() % 2 != 0) return std::nullopt;
  return absl::HexStringToBytes(text);
}

std::string_view WithoutPadding(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return text;
}

// Abseil's decoder takes white space, either padding and stray bits. What it read is written again to see whether it
// was the one right text.
std::optional<std::string> DecodeBase64(std::string_view text, bool url_alphabet, bool padding_required) {
  std::string bytes;
  if (url_alphabet ? !absl::WebSafeBase64Unescape(text, &bytes) : !absl::Base64Unescape(text, &bytes)) {
    return std::nullopt;
  }
  std::string again = url_alphabet ? absl::WebSafeBase64Escape(bytes) : absl::Base64Escape(bytes);
  std::string_view bare = WithoutPadding(again);
  bool padded = text.size() == (bytes.size() + 2) / 3 * 4 && WithoutPadding(text) == bare;
  if (!padded && (padding_required || text != bare)) return std::nullopt;
  return bytes;
}

}  // namespace

std::optional<std::string> Decode(Encoding encoding, std::string_view text) {
  switch (encoding) {
    case Encoding::kPlain:
      return std::string(text);
    case Encoding::kHex:
      return DecodeHex(text, false);
    case Encoding::kHexLower:
      return DecodeHex(text, true);
    case Encoding::kBase64:
      return DecodeBase64(text, false, true);
    case Encoding::kBase64AnyPadding:
      return DecodeBase64(text, false, false);
    case Encoding::kBase64Url:
      return DecodeBase64(text, true, false);
  }
  return std::nullopt;
}

}  // namespace overlock::validation
