#include "services/edge/header.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "common/text/http_token.h"

namespace overlock::edge {
namespace {

// RFC 9110, section 7.6.1, and what the edge says itself.
constexpr std::string_view kEdgesOwn[] = {
    "Connection", "Content-Length",    "Date",    "Keep-Alive",  "Proxy-Connection", "Proxy-Authenticate", "TE",
    "Trailer",    "Transfer-Encoding", "Upgrade", "X-Request-Id"};

}  // namespace

void CanonicalizeHeaderName(char* name, size_t size) {
  if (!IsHeaderName(std::string_view(name, size))) return;
  bool upper = true;
  for (char* c = name; c != name + size; ++c) {
    *c = upper ? absl::ascii_toupper(static_cast<unsigned char>(*c))
               : absl::ascii_tolower(static_cast<unsigned char>(*c));
    upper = *c == '-';
  }
}

bool IsHeaderName(std::string_view name) { return IsHttpToken(name); }

bool IsHeaderValue(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool IsEdgesOwnHeader(std::string_view name) {
  return std::any_of(std::begin(kEdgesOwn), std::end(kEdgesOwn),
                     [name](std::string_view own) { return absl::EqualsIgnoreCase(own, name); });
}

}  // namespace overlock::edge
