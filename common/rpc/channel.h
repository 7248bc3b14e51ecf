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

// A channel that reconnects by itself, within a second once the server is back. Nothing is sent yet.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const std::string& target, const TlsOptions& tls);

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CHANNEL_H_
