// What travels with every call: how long it may take, whether it is still wanted, what it belongs to.
#ifndef OVERLOCK_COMMON_ASYNC_CALL_CONTEXT_H_
#define OVERLOCK_COMMON_ASYNC_CALL_CONTEXT_H_

#include <memory>
#include <stop_token>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/async/caller.h"
#include "common/telemetry/trace.h"

namespace overlock {

// A value; cheap to copy. A remote call carries all of it: the deadline and the cancellation as gRPC's own, the
// rest as metadata (`traceparent`, `tracestate`, `x-request-id`).
struct CallContext {
  // The answer is of no use after this.
  absl::Time deadline = absl::InfiniteFuture();
  // Stop is requested when the caller has gone away.
  std::stop_token stop;
  // The sender's trace, or one begun at the edge.
  TraceContext trace;
  // What other vendors keep of the trace: its `tracestate`, unread; empty for none.
  std::string tracestate;
  // The correlation id: in logs, in `X-Request-Id`, in an error's `link`.
  std::string request_id;
  // Who called from another process; null within one. It does not travel on.
  std::shared_ptr<const Caller> caller;
  // What proves to the callee who we are, as metadata `authorization: Bearer`; empty for nothing.
  std::string token;

  absl::Duration TimeLeft() const { return deadline - absl::Now(); }
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_ASYNC_CALL_CONTEXT_H_
