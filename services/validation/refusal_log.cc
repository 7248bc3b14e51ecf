#include "services/validation/refusal_log.h"

#include <string>

#include "common/telemetry/log.h"
#include "services/validation/schemes/refusal_detail.h"
#include "services/validation/verdict_counters.h"

namespace overlock::validation {

void LogRefusal(const v1::ValidateRequest& request, std::string_view scheme, const Outcome& outcome, bool observed,
                const CallContext& call) {
  if (!log::Enabled(log::Level::kInfo)) return;
  const std::string detail = outcome.detail.empty() ? DetailOf(outcome.refusal) : outcome.detail;
  log::Info(observed ? "let a request through that would be refused" : "refused a request",
            {{"request_id", call.request_id},
             {"trace_id", call.trace.TraceIdHex()},
             {"app", request.app().app_id()},
             {"service_name", request.webhook().service()},
             {"webhook", request.webhook().webhook()},
             {"endpoint", request.endpoint().route()},
             {"scheme", scheme},
             {"cause", VerdictName(outcome.refusal)},
             {"detail", detail},
             {"remote_ip_address", request.request().remote_ip_address()}});
}

}  // namespace overlock::validation
