#include "services/edge/client_address.h"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"

namespace overlock::edge {
namespace {

namespace ip = boost::asio::ip;
constexpr size_t kEntryBytesMax = 64;

// Takes the port away: `192.0.2.1:80`, `[2001:db8::1]:80`. An IPv6 address without brackets has none.
std::string_view WithoutPort(std::string_view entry) {
  if (entry.starts_with('[')) {
    size_t end = entry.find(']');
    return end == std::string_view::npos ? std::string_view() : entry.substr(1, end - 1);
  }
  size_t colon = entry.find(':');
  bool has_port = colon != std::string_view::npos && colon == entry.rfind(':');
  return has_port ? entry.substr(0, colon) : entry;
}

std::optional<std::string> ParseAddress(std::string_view entry) {
  entry = WithoutPort(absl::StripAsciiWhitespace(entry));
  if (entry.empty() || entry.size() > kEntryBytesMax || entry.find('%') != std::string_view::npos) return std::nullopt;
  boost::system::error_code error;
  ip::address address = ip::make_address(std::string(entry), error);
  if (error) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address.to_string();
}

}  // namespace

std::string ClientAddress(const Request& request, const std::string& peer, const http::NetworkList& trusted_proxies) {
  std::string client = peer;
  if (trusted_proxies.empty() || !trusted_proxies.Contains(client)) return client;
  for (size_t i = request.header_count(); i-- > 0;) {
    if (request.header(i).name != "X-Forwarded-For") continue;
    std::string_view rest = request.header(i).value;
    while (true) {
      size_t comma = rest.rfind(',');
      std::string_view entry = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
      std::optional<std::string> address = ParseAddress(entry);
      if (!address) return client;
      client = *std::move(address);
      if (!trusted_proxies.Contains(client)) return client;
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return client;
}

}  // namespace overlock::edge
