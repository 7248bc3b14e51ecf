// Addresses to listen on.
#ifndef OVERLOCK_COMMON_HTTP_ADDRESS_H_
#define OVERLOCK_COMMON_HTTP_ADDRESS_H_

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace overlock::http {

// Reads `host:port`: an IPv4 address, an IPv6 address in brackets, or `localhost` (127.0.0.1); a port from 0 to
// 65535, where 0 means any free one. Nothing is looked up. INVALID_ARGUMENT (`BAD_ADDRESS`) with a message that says
// what is wrong.
absl::StatusOr<boost::asio::ip::tcp::endpoint> ParseAddress(std::string_view text);

// `127.0.0.1:8080`, `[::1]:8080`.
std::string FormatAddress(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace overlock::http

#endif  // OVERLOCK_COMMON_HTTP_ADDRESS_H_
