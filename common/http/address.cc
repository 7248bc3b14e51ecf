#include "common/http/address.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::http {
namespace {

namespace ip = boost::asio::ip;

absl::Status BadAddress(std::string_view text, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_ADDRESS", absl::StrCat("address '", text, "': ", why));
}

}  // namespace

absl::StatusOr<ip::tcp::endpoint> ParseAddress(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) {
    return BadAddress(text, "the port is missing; write host:port, e.g. 127.0.0.1:8080");
  }
  std::string_view host = text.substr(0, colon), digits = text.substr(colon + 1);
  uint32_t port = 0;
  if (digits.size() > 5 || digits.find_first_not_of("0123456789") != std::string_view::npos ||
      !absl::SimpleAtoi(digits, &port) || port > 65535) {
    return BadAddress(text, "the port must be a number from 0 to 65535");
  }
  if (host.empty()) return BadAddress(text, "the host is missing; 0.0.0.0 means every address of this machine");
  if (host == "localhost") host = "127.0.0.1";

  boost::system::error_code error;
  ip::address address;
  if (host.front() == '[') {
    if (host.back() != ']') return BadAddress(text, "the bracket of the IPv6 address is not closed");
    address = ip::make_address_v6(std::string(host.substr(1, host.size() - 2)), error);
  } else if (host.find(':') != std::string_view::npos) {
    return BadAddress(text, "an IPv6 address stands in brackets, e.g. [::1]:8080");
  } else {
    address = ip::make_address_v4(std::string(host), error);
  }
  if (error) return BadAddress(text, "the host must be an IP address or localhost");
  return ip::tcp::endpoint(address, static_cast<uint16_t>(port));
}

std::string FormatAddress(const ip::tcp::endpoint& endpoint) {
  std::string host = endpoint.address().to_string();
  return endpoint.address().is_v6() ? absl::StrCat("[", host, "]:", endpoint.port())
                                    : absl::StrCat(host, ":", endpoint.port());
}

}  // namespace overlock::http
