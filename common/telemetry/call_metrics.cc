#include "common/telemetry/call_metrics.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace overlock {
namespace {

enum class Result { kDone, kRefused, kFailed };

Result ResultOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return Result::kDone;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return Result::kRefused;
    default:
      return Result::kFailed;
  }
}

std::string_view RpcOf(std::string_view request) { return absl::StripSuffix(request, "Request"); }

}  // namespace

CallMetrics::CallMetrics(Metrics& metrics, std::string_view service, const google::protobuf::ServiceDescriptor& rpcs,
                         const std::vector<std::string>& more) {
  const std::string total = absl::StrCat("overlock_", service, "_calls_total");
  const std::string call_seconds = absl::StrCat("overlock_", service, "_call_seconds");
  auto add = [&](const std::string& rpc) {
    auto counter = [&](const char* result) -> Counter& {
      return metrics.GetCounter(total, "Calls of rpcs for administration.", {{"rpc", rpc}, {"result", result}});
    };
    Histogram& seconds =
        metrics.GetHistogram(call_seconds, "How long calls of rpcs for administration take, with waiting.",
                             LatencyBuckets(), {{"rpc", rpc}});
    rpcs_.emplace(rpc, Rpc{counter("done"), counter("refused"), counter("failed"), seconds});
  };
  for (int i = 0; i < rpcs.method_count(); ++i) add(rpcs.method(i)->name());
  for (const std::string& rpc : more) add(rpc);
}

void CallMetrics::Count(std::string_view request, const absl::Status& status, absl::Duration duration) const {
  auto rpc = rpcs_.find(RpcOf(request));
  if (rpc == rpcs_.end()) return;
  const Result result = ResultOf(status);
  Counter& counter = result == Result::kDone      ? rpc->second.done
                     : result == Result::kRefused ? rpc->second.refused
                                                  : rpc->second.failed;
  counter.Increment();
  rpc->second.seconds.Observe(absl::ToDoubleSeconds(duration));
}

}  // namespace overlock
