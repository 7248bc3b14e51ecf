// Networks in CIDR notation, and whether an address is in one of them.
#ifndef OVERLOCK_COMMON_HTTP_NETWORK_LIST_H_
#define OVERLOCK_COMMON_HTTP_NETWORK_LIST_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace overlock::http {

// A list of networks, empty at first. An IPv4 address that is mapped into IPv6 (`::ffff:10.0.0.1`) is the IPv4 address.
// Const calls are thread-safe.
class NetworkList {
 public:
  // `10.0.0.0/8`, `2001:db8::/32`, or one address without a length. INVALID_ARGUMENT (`BAD_NETWORK`) naming `text` if
  // it is neither, or has bits set beyond its length: such a network is likely not the one that was meant.
  absl::Status Add(std::string_view text);
  // False for what is not an address.
  bool Contains(std::string_view address) const;
  bool empty() const { return networks_.empty(); }

 private:
  // IPv4 stands in ::ffff:0:0/96.
  using Bytes = std::array<uint8_t, 16>;
  struct Network {
    Bytes prefix = {};
    int bits = 128;
  };

  std::vector<Network> networks_;
};

}  // namespace overlock::http

#endif  // OVERLOCK_COMMON_HTTP_NETWORK_LIST_H_
