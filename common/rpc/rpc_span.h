// The spans of unary calls: one where a call is made, one where it is served (docs/tracing.md).
#ifndef OVERLOCK_COMMON_RPC_RPC_SPAN_H_
#define OVERLOCK_COMMON_RPC_RPC_SPAN_H_

#include <google/protobuf/descriptor.h>

#include "absl/status/status.h"
#include "common/async/call_context.h"
#include "common/telemetry/span.h"

namespace overlock::rpc {

// The static function `descriptor` of a request's message: each rpc has a request of its own, so it names the rpc.
using DescribeRequest = const google::protobuf::Descriptor* (*)();

// The rpc whose request this message is; null for one that is none's.
const google::protobuf::MethodDescriptor* FindMethod(const google::protobuf::Descriptor& request);

namespace rpc_internal {
Span BeginRecordedSpan(SpanKind kind, DescribeRequest describe, CallContext& call);
}  // namespace rpc_internal

// A span for the call, if its trace is recorded; `call.trace` becomes its own.
inline Span BeginSpan(SpanKind kind, DescribeRequest describe, CallContext& call) {
  return Span::Wanted(call.trace) ? rpc_internal::BeginRecordedSpan(kind, describe, call) : Span();
}

// Ends it with what the call ended with. Of a client any status but OK is a failure; of a server only one that is its
// own fault (OpenTelemetry's conventions for gRPC).
void EndSpan(Span& span, SpanKind kind, const absl::Status& status);

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_RPC_SPAN_H_
