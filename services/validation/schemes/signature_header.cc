#include "services/validation/schemes/signature_header.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "common/crypto/constant_time.h"

namespace overlock::validation {
namespace {

// The raw digest, or nothing unless `value` is exactly the prefix and the right number of hexadecimal digits.
std::string ParseDigest(const SignatureHeader& header, std::string_view value) {
  if (!value.starts_with(header.prefix)) return "";
  value.remove_prefix(header.prefix.size());
  if (value.size() != 2 * header.digest_bytes) return "";
  if (!std::all_of(value.begin(), value.end(), absl::ascii_isxdigit)) return "";
  return absl::HexStringToBytes(value);
}

}  // namespace

bool HasHeader(const type::v1::HttpRequest& request, std::string_view name) {
  return std::any_of(request.headers().begin(), request.headers().end(),
                     [name](const type::v1::Header& header) { return absl::EqualsIgnoreCase(header.name(), name); });
}

Refusal CheckSignatureHeader(const SignatureHeader& header, std::string_view secret,
                             const type::v1::HttpRequest& request, std::string_view body) {
  const std::string* value = nullptr;
  for (const type::v1::Header& line : request.headers()) {
    if (!absl::EqualsIgnoreCase(line.name(), header.name)) continue;
    // Two signatures would let a proxy and us look at different ones.
    if (value != nullptr) return v1::ValidateResponse::REFUSAL_SIGNATURE_MALFORMED;
    value = &line.value();
  }
  if (value == nullptr || value->empty()) return v1::ValidateResponse::REFUSAL_SIGNATURE_MISSING;
  std::string given = ParseDigest(header, *value);
  if (given.empty()) return v1::ValidateResponse::REFUSAL_SIGNATURE_MALFORMED;
  if (!crypto::ConstantTimeEquals(given, header.hmac(secret, body))) {
    return v1::ValidateResponse::REFUSAL_SIGNATURE_MISMATCH;
  }
  return v1::ValidateResponse::REFUSAL_UNSPECIFIED;
}

}  // namespace overlock::validation
