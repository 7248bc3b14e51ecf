#include "services/config/call_metrics.h"

#include <string>

#include "absl/strings/strip.h"
#include "overlock/config/v1/admin_service.pb.h"

namespace overlock::config {
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

CallMetrics::CallMetrics(Metrics& metrics) {
  auto add = [&](const std::string& rpc) {
    auto counter = [&](const char* result) -> Counter& {
      return metrics.GetCounter("overlock_config_calls_total", "Calls of rpcs for administration.",
                                {{"rpc", rpc}, {"result", result}});
    };
    Histogram& seconds = metrics.GetHistogram("overlock_config_call_seconds",
                                              "How long calls of rpcs for administration take, with waiting.",
                                              LatencyBuckets(), {{"rpc", rpc}});
    rpcs_.emplace(rpc, Rpc{counter("done"), counter("refused"), counter("failed"), seconds});
  };
  const google::protobuf::ServiceDescriptor* service =
      v1::CreateAppRequest::descriptor()->file()->FindServiceByName("AdminService");
  for (int i = 0; service != nullptr && i < service->method_count(); ++i) add(service->method(i)->name());
  add("ImportApp");
  add("ListApps");
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

}  // namespace overlock::config
