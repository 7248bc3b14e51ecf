// Tokens by which a list goes on after a page.
#ifndef OVERLOCK_COMMON_TEXT_PAGE_TOKEN_H_
#define OVERLOCK_COMMON_TEXT_PAGE_TOKEN_H_

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock {

inline constexpr std::string_view kPageTokenPrefix = "after ";

// `last` is what the page ended with. Opaque to callers.
inline std::string MakePageToken(std::string_view last) {
  return absl::WebSafeBase64Escape(absl::StrCat(kPageTokenPrefix, last));
}

// What MakePageToken() was given; empty for an empty token. INVALID_ARGUMENT (`BAD_PAGE_TOKEN`).
inline absl::StatusOr<std::string> ReadPageToken(const std::string& page_token) {
  if (page_token.empty()) return std::string();
  std::string token;
  if (!absl::WebSafeBase64Unescape(page_token, &token) || !token.starts_with(kPageTokenPrefix)) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_PAGE_TOKEN", "page_token: is not one we gave");
  }
  return token.substr(kPageTokenPrefix.size());
}

// 0 means 50, more than 500 means 500.
inline int PageSize(int asked) { return asked <= 0 ? 50 : std::min(asked, 500); }

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TEXT_PAGE_TOKEN_H_
