#include "services/executor/function_span.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "common/status/status.h"

namespace overlock::executor {
namespace {

// `KIND_CPU_TIME_LIMIT` is `cpu_time_limit`.
std::string KindName(v1::Failure::Kind kind) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::Failure::Kind_Name(kind), "KIND_"));
}

}  // namespace

Span BeginFunctionSpan(std::string_view target, const v1::ExecuteRequest& request, CallContext& call) {
  Span span = Span::Begin({.scope = "overlock.executor", .name = target}, call.trace);
  span.Set("overlock.app_id", request.app().app_id());
  span.Set("overlock.revision", request.app().revision());
  span.Set("overlock.run_as", request.user().type() == type::v1::User::TYPE_SYSTEM ? "system" : "user");
  return span;
}

void EndFunctionSpan(Span& span, const absl::StatusOr<v1::ExecuteResponse>& response) {
  if (!span.recorded()) return;
  if (!response.ok()) {
    std::string reason = ReasonOf(response.status());
    span.Fail(reason.empty() ? absl::StatusCodeToString(response.status().code()) : reason);
  } else {
    const auto& cpu_time = response->usage().cpu_time();
    span.Set("overlock.cpu_seconds", static_cast<double>(cpu_time.seconds()) + cpu_time.nanos() * 1e-9);
    if (response->has_failure()) span.Fail(KindName(response->failure().kind()));
  }
  span.End();
}

}  // namespace overlock::executor
