// Who sent a request, where proxies stand before the edge.
#ifndef OVERLOCK_SERVICES_EDGE_CLIENT_ADDRESS_H_
#define OVERLOCK_SERVICES_EDGE_CLIENT_ADDRESS_H_

#include <string>

#include "common/http/network_list.h"
#include "services/edge/request.h"

namespace overlock::edge {

// The address of the client, `peer` being that of the connection. `X-Forwarded-For` counts only where a trusted proxy
// added to it, so it is read from its end: the client is the first address there that is not of a trusted proxy.
// Without such a header it is the peer, and where all are trusted the first of the list. An entry that is no address
// ends the list: what stands before it is anybody's word. Several lines are one list (RFC 9110, section 5.3); an entry
// may have a port. IPv4 addresses mapped into IPv6 become IPv4.
std::string ClientAddress(const Request& request, const std::string& peer, const http::NetworkList& trusted_proxies);

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_CLIENT_ADDRESS_H_
