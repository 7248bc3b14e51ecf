// What a server serves.
#ifndef OVERLOCK_COMMON_RPC_SERVED_SERVICE_H_
#define OVERLOCK_COMMON_RPC_SERVED_SERVICE_H_

#include <optional>

#include "common/rpc/call_handlers.h"
#include "common/rpc/caller_table.h"

namespace grpc {
class Service;
}

namespace overlock::rpc {

// A gRPC service, and who may call it over TLS.
struct ServedService {
  grpc::Service* service = nullptr;
  CallerTable callers;
  // What it also takes over call streams.
  std::optional<CallHandlers> handlers = std::nullopt;
};

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_SERVED_SERVICE_H_
