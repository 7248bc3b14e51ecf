// The span of an outgoing HTTP request (docs/tracing.md).
#ifndef OVERLOCK_COMMON_HTTP_CLIENT_REQUEST_SPAN_H_
#define OVERLOCK_COMMON_HTTP_CLIENT_REQUEST_SPAN_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "common/http_client/http_client.h"
#include "common/telemetry/span.h"

namespace overlock::http {

// Begins it, if the trace is recorded; `trace` becomes its own. It tells the server's host and port; path and query may
// be secrets, and stay out.
Span BeginRequestSpan(const ClientRequest& request, TraceContext& trace);
// Says the response's status, or what failed, and ends it.
void EndRequestSpan(Span& span, const absl::StatusOr<ClientResponse>& response);

// Adds `traceparent`, and `tracestate` if there is one, unless the request has a `traceparent`.
void AddTraceHeaders(const TraceContext& trace, std::string_view tracestate, ClientRequest& request);

}  // namespace overlock::http

#endif  // OVERLOCK_COMMON_HTTP_CLIENT_REQUEST_SPAN_H_
