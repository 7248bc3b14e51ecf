// Channels to other services.
#ifndef OVERLOCK_COMMON_RPC_CHANNEL_H_
#define OVERLOCK_COMMON_RPC_CHANNEL_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/credentials.h"

namespace grpc {
class Channel;
}

namespace overlock::rpc {

// gRPC's message limit in both directions: an 18 MB body and what stands around it.
inline constexpr int kMessageBytesMax = 20 * 1024 * 1024;

// How often a client asks a connection that says nothing whether it still lives. The server's policy allows twice as
// many.
inline constexpr int kKeepaliveMs = 20'000;
inline constexpr int kKeepaliveTimeoutMs = 5'000;

// A channel that reconnects by itself, within a second once the server is back. Nothing is sent yet. Calls are spread
// over all servers of the target whose gRPC health says that they serve. `target` is `host:port`, a URI as
// `dns:///host:port` (all addresses of the name, which is looked up anew whenever a connection ends), or a fixed list
// as `ipv4:127.0.0.1:1,127.0.0.1:2`; over TLS each of a list must have a certificate for the first one's address.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const std::string& target, const TlsOptions& tls);

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CHANNEL_H_
