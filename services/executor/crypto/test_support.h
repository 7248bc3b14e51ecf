// What the tests of this directory share.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CRYPTO_TEST_SUPPORT_H_
#define OVERLOCK_SERVICES_EXECUTOR_CRYPTO_TEST_SUPPORT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"

namespace overlock::executor::crypto {

// Hexadecimal digits, or the error's text.
inline std::string Hex(const absl::StatusOr<std::string>& bytes) {
  return bytes.ok() ? absl::BytesToHexString(*bytes) : std::string(bytes.status().message());
}
inline std::string FromHex(std::string_view hex) { return absl::HexStringToBytes(hex); }
inline std::string FromBase64Url(std::string_view text) {
  std::string bytes;
  return absl::WebSafeBase64Unescape(text, &bytes) ? bytes : "not base64url";
}

}  // namespace overlock::executor::crypto

#endif  // OVERLOCK_SERVICES_EXECUTOR_CRYPTO_TEST_SUPPORT_H_
