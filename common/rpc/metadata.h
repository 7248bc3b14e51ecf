// What a CallContext is on the wire.
#ifndef OVERLOCK_COMMON_RPC_METADATA_H_
#define OVERLOCK_COMMON_RPC_METADATA_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string_view>

#include "common/async/call_context.h"

namespace overlock::rpc {

// Sets deadline, `traceparent`, `tracestate`, `x-request-id`, and `authorization` if the context has a token.
void SetClientMetadata(const CallContext& call, grpc::ClientContext& context);

// Reads them, and who calls; without a trace one is begun, without an id one is made. `stop` is left empty.
CallContext FromServerContext(const grpc::CallbackServerContext& context);

// Who calls.
std::shared_ptr<const Caller> CallerOf(const grpc::CallbackServerContext& context);
// The context of a call that came with these; empty ones are as if they had not come. The deadline is left infinite.
CallContext ReceivedContext(std::string_view traceparent, std::string_view tracestate, std::string_view request_id);

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_METADATA_H_
