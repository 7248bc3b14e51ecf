// Which addresses a program that fetches what strangers ask for may connect to.
#ifndef OVERLOCK_COMMON_HTTP_CLIENT_ADDRESS_GUARD_H_
#define OVERLOCK_COMMON_HTTP_CLIENT_ADDRESS_GUARD_H_

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace overlock::http {

// Allows the public Internet, and what its list names besides. Not allowed are addresses for private networks,
// loopback, links, shared address space, multicast, documentation, benchmarks and what is reserved (IANA's
// special-purpose registries, RFC 6890), also where an IPv6 address carries such an IPv4 address. Immutable,
// thread-safe.
class AddressGuard {
 public:
  // `list`: entries separated by commas, each an address, a network or the name of a host, with or without a port:
  // `10.1.0.0/16`, `127.0.0.1:8080`, `[::1]:9000`, `[fd00::]/8`, `fd00::/8`, `minio:9000`. Empty allows nothing
  // besides. INVALID_ARGUMENT (`BAD_ALLOW_LIST`) naming the entry.
  static absl::StatusOr<AddressGuard> Parse(std::string_view list);

  // IPv4 and IPv6 only; any other family is not allowed.
  bool Allows(const sockaddr* address) const;
  // Whether the list names this host, as the URL has it: then it may have any address.
  bool AllowsName(std::string_view host, int port) const;
  // 0 if it has none.
  static int PortOf(const sockaddr* address);

 private:
  using Bytes = std::array<uint8_t, 16>;
  // A network; IPv4 stands in ::ffff:0:0/96.
  struct Entry {
    Bytes prefix = {};
    int bits = 128;
    // 0 for any.
    int port = 0;
  };
  struct Name {
    // In lower case.
    std::string host;
    // 0 for any.
    int port = 0;
  };
  absl::Status Add(std::string_view text);
  static bool Contains(const Bytes& prefix, int bits, const Bytes& address);

  std::vector<Entry> entries_;
  std::vector<Name> names_;
};

}  // namespace overlock::http

#endif  // OVERLOCK_COMMON_HTTP_CLIENT_ADDRESS_GUARD_H_
