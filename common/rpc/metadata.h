// What a CallContext is on the wire.
#ifndef OVERLOCK_COMMON_RPC_METADATA_H_
#define OVERLOCK_COMMON_RPC_METADATA_H_

#include <grpcpp/grpcpp.h>

#include "common/async/call_context.h"

namespace overlock::rpc {

// Sets deadline, `traceparent`, `tracestate`, `x-request-id`, and `authorization` if the context has a token.
void SetClientMetadata(const CallContext& call, grpc::ClientContext& context);

// Reads them, and who calls; without a trace one is begun, without an id one is made. `stop` is left empty.
CallContext FromServerContext(const grpc::CallbackServerContext& context);

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_METADATA_H_
