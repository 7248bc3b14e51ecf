#include "services/validation/schemes/query_secret.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/crypto/hmac.h"

namespace overlock::validation {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return absl::ascii_tolower(c) - 'a' + 10;
}

std::string DecodeForm(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    bool escape =
        text[i] == '%' && i + 2 < text.size() && absl::ascii_isxdigit(text[i + 1]) && absl::ascii_isxdigit(text[i + 2]);
    if (escape) {
      decoded.push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return decoded;
}

}  // namespace

QuerySecret::QuerySecret(std::string secret) : secret_(std::move(secret)) {}

Refusal QuerySecret::Check(const type::v1::HttpRequest& request, std::string_view) const {
  if (secret_.empty()) return v1::ValidateResponse::REFUSAL_NO_SECRET_CONFIGURED;
  std::optional<std::string> given;
  std::string_view rest = request.raw_query_string();
  while (!rest.empty()) {
    std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    size_t equals = pair.find('=');
    if (DecodeForm(pair.substr(0, equals)) != "secret") continue;
    // With two, which one counts would be a matter of taste; nobody honest sends two.
    if (given) return v1::ValidateResponse::REFUSAL_SECRET_REPEATED;
    given = equals == std::string_view::npos ? "" : DecodeForm(pair.substr(equals + 1));
  }
  if (!given) return v1::ValidateResponse::REFUSAL_SECRET_MISSING;
  if (!crypto::SecretEquals(*given, secret_)) return v1::ValidateResponse::REFUSAL_SECRET_MISMATCH;
  return v1::ValidateResponse::REFUSAL_UNSPECIFIED;
}

}  // namespace overlock::validation
