// The way to another service.
#ifndef OVERLOCK_COMMON_RPC_CONNECTION_H_
#define OVERLOCK_COMMON_RPC_CONNECTION_H_

#include <memory>
#include <utility>

namespace grpc {
class Channel;
}

namespace overlock::rpc {

class CallStreams;

// What a `Remote*` is made of. A value; cheap to copy.
struct Connection {
  // NOLINTNEXTLINE(google-explicit-constructor): a channel alone is a connection, on which each call goes by itself.
  Connection(std::shared_ptr<grpc::Channel> channel, std::shared_ptr<CallStreams> streams = nullptr)
      : channel(std::move(channel)), streams(std::move(streams)) {}

  std::shared_ptr<grpc::Channel> channel;
  // Over the channel; null for none.
  std::shared_ptr<CallStreams> streams;
};

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CONNECTION_H_
