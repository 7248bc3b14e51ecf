#include "services/edge/header.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace overlock::edge {
namespace {

constexpr std::array<bool, 256> kTokenBytes = [] {
  std::array<bool, 256> token{};
  for (int c = '0'; c <= '9'; ++c) token[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) token[c] = token[c - 'a' + 'A'] = true;
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) token[static_cast<unsigned char>(c)] = true;
  return token;
}();

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

bool IsHeaderName(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return kTokenBytes[static_cast<unsigned char>(c)]; });
}

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
