// The spans of a request at the edge (docs/tracing.md).
#ifndef OVERLOCK_SERVICES_EDGE_REQUEST_SPAN_H_
#define OVERLOCK_SERVICES_EDGE_REQUEST_SPAN_H_

#include <string_view>

#include "common/telemetry/span.h"
#include "services/edge/answer.h"
#include "services/edge/problem.h"
#include "services/edge/request.h"
#include "services/edge/router.h"

namespace overlock::edge {

// The request's own span, if its trace is recorded; `trace` becomes its own. `public_url` says the scheme.
Span BeginRequestSpan(const Request& request, std::string_view public_url, std::string_view request_id,
                      TraceContext& trace);
// Says what it was for and how it was answered, and ends it. `app` and `route` may be null.
void EndRequestSpan(Span& span, const Request& request, const AppRoutes* app, const Route* route, const Answer& answer);

// A span for a check: `validate`, `authenticate`, `authorize`.
inline Span BeginCheckSpan(std::string_view name, TraceContext& trace) {
  return Span::Begin({.scope = "overlock.edge", .name = name}, trace);
}
// Says why the request goes no further.
void SetRefusal(Span& span, const Problem& problem);

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_REQUEST_SPAN_H_
