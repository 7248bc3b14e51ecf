#include "services/executor/supervisor/app_code.h"

#include <algorithm>

namespace overlock::executor {
namespace {

// application.proto, Limits.
constexpr absl::Duration kRunTimeDefault = absl::Seconds(90);
constexpr absl::Duration kCpuTimeDefault = absl::Seconds(10);
constexpr absl::Duration kTimeMax = absl::Seconds(300);
constexpr int64_t kMemoryDefault = int64_t{256} << 20;
constexpr int64_t kMemoryMax = int64_t{1} << 30;

absl::Duration Limit(bool set, const google::protobuf::Duration& value, absl::Duration otherwise) {
  absl::Duration limit = absl::Seconds(value.seconds()) + absl::Nanoseconds(value.nanos());
  return set && limit > absl::ZeroDuration() ? std::min(limit, kTimeMax) : otherwise;
}

}  // namespace

AppCode::AppCode(config::v1::AppView view) : view_(std::move(view)) {
  config::v1::Limits& limits = *view_.mutable_executor()->mutable_limits();
  run_time_max_ = Limit(limits.has_run_time_max(), limits.run_time_max(), kRunTimeDefault);
  cpu_time_max_ = Limit(limits.has_cpu_time_max(), limits.cpu_time_max(), kCpuTimeDefault);
  memory_bytes_max_ = limits.memory_bytes_max() > 0 ? std::min(limits.memory_bytes_max(), kMemoryMax) : kMemoryDefault;
  // Workers read the limits from the view: they must see the ones in force.
  limits.mutable_run_time_max()->set_seconds(absl::ToInt64Seconds(run_time_max_));
  limits.mutable_run_time_max()->set_nanos(absl::ToInt64Nanoseconds(run_time_max_) % 1'000'000'000);
  limits.mutable_cpu_time_max()->set_seconds(absl::ToInt64Seconds(cpu_time_max_));
  limits.mutable_cpu_time_max()->set_nanos(absl::ToInt64Nanoseconds(cpu_time_max_) % 1'000'000'000);
  limits.set_memory_bytes_max(memory_bytes_max_);
  for (const auto& webhook : view_.executor().webhooks()) {
    webhooks_[WebhookKey(webhook.name().service(), webhook.name().webhook())] = !webhook.run_as_script_source().empty();
  }
  for (const auto& function : view_.executor().functions()) functions_.insert(function.name());
}

bool AppCode::Has(const v1::ExecuteRequest& request) const {
  switch (request.target_case()) {
    case v1::ExecuteRequest::kWebhook:
      return webhooks_.contains(WebhookKey(request.webhook().service(), request.webhook().webhook()));
    case v1::ExecuteRequest::kRunAsScript: {
      auto it = webhooks_.find(WebhookKey(request.run_as_script().service(), request.run_as_script().webhook()));
      return it != webhooks_.end() && it->second;
    }
    case v1::ExecuteRequest::kFunction:
      return functions_.contains(request.function());
    case v1::ExecuteRequest::kWebhookFunction:
      return webhooks_.contains(WebhookKey(request.webhook_function().service(), request.webhook_function().webhook()));
    case v1::ExecuteRequest::TARGET_NOT_SET:
      break;
  }
  return false;
}

}  // namespace overlock::executor
