#include "services/executor/supervisor/app_code.h"

#include <algorithm>

#include "common/telemetry/log.h"

namespace overlock::executor {
namespace {

// application.proto, Limits.
constexpr absl::Duration kRunTimeDefault = absl::Seconds(90);
constexpr absl::Duration kCpuTimeDefault = absl::Seconds(10);
constexpr absl::Duration kTimeMax = absl::Seconds(300);
constexpr int64_t kMemoryDefault = int64_t{256} << 20;
constexpr int64_t kMemoryMax = int64_t{1} << 30;
constexpr int32_t kPendingOperationsDefault = 1'000;
constexpr int32_t kPendingOperationsMax = 100'000;
constexpr int32_t kConsoleLinesDefault = 25;
constexpr int32_t kConsoleLinesMax = 1'000;
constexpr int32_t kConsoleLineBytesDefault = 512;
constexpr int32_t kConsoleLineBytesMax = 16 << 10;
constexpr int64_t kAnswerBytesMax = 18 << 20;

template <class T>
T Limit(T value, T otherwise, T max) {
  return value > 0 ? std::min(value, max) : otherwise;
}

absl::Duration Limit(bool set, const google::protobuf::Duration& value, absl::Duration otherwise) {
  absl::Duration limit = absl::Seconds(value.seconds()) + absl::Nanoseconds(value.nanos());
  return set && limit > absl::ZeroDuration() ? std::min(limit, kTimeMax) : otherwise;
}

}  // namespace

AppCode::AppCode(config::v1::AppView view) : view_(std::move(view)) {
  config::v1::Limits& limits = *view_.mutable_executor()->mutable_limits();
  run_time_max_ = Limit(limits.has_run_time_max(), limits.run_time_max(), kRunTimeDefault);
  cpu_time_max_ = Limit(limits.has_cpu_time_max(), limits.cpu_time_max(), kCpuTimeDefault);
  memory_bytes_max_ = Limit(limits.memory_bytes_max(), kMemoryDefault, kMemoryMax);
  // Workers read the limits from the view: they must see the ones in force.
  limits.mutable_run_time_max()->set_seconds(absl::ToInt64Seconds(run_time_max_));
  limits.mutable_run_time_max()->set_nanos(absl::ToInt64Nanoseconds(run_time_max_) % 1'000'000'000);
  limits.mutable_cpu_time_max()->set_seconds(absl::ToInt64Seconds(cpu_time_max_));
  limits.mutable_cpu_time_max()->set_nanos(absl::ToInt64Nanoseconds(cpu_time_max_) % 1'000'000'000);
  limits.set_memory_bytes_max(memory_bytes_max_);
  limits.set_pending_operations_max(
      Limit(limits.pending_operations_max(), kPendingOperationsDefault, kPendingOperationsMax));
  limits.set_console_lines_max(Limit(limits.console_lines_max(), kConsoleLinesDefault, kConsoleLinesMax));
  limits.set_console_line_bytes_max(
      Limit(limits.console_line_bytes_max(), kConsoleLineBytesDefault, kConsoleLineBytesMax));
  limits.set_answer_bytes_max(Limit(limits.answer_bytes_max(), kAnswerBytesMax, kAnswerBytesMax));
  for (const auto& webhook : view_.executor().webhooks()) {
    webhooks_[Key(webhook.name().service(), webhook.name().webhook())] = !webhook.run_as_script_source().empty();
  }
  absl::flat_hash_set<std::string_view> with_script;
  for (const auto& function : view_.executor().functions()) {
    functions_.insert(function.name());
    if (!function.run_as_script_source().empty()) with_script.insert(function.name());
    has_system_function_ = has_system_function_ || function.run_as_system();
  }
  for (const auto& endpoint : view_.executor().endpoints()) {
    if (!functions_.contains(endpoint.function_name())) continue;
    endpoints_[Key(endpoint.name().route(), endpoint.name().method())] = with_script.contains(endpoint.function_name());
  }
  ReadServices();
}

void AppCode::ReadServices() {
  bool have_rules = false;
  for (const config::v1::ExecutorView::Service& service : view_.executor().services()) {
    services_.insert_or_assign(service.name(),
                               Service{&service, ServiceRules(app_id(), service), DataRules(app_id(), service)});
    have_rules = have_rules || !service.rules().empty() || !service.data_rules().empty();
  }
  if (!have_rules) return;
  std::vector<std::string> unreadable;
  names_ = expression::ReadAppNames(view().values_json(), view().environment(), view().environment_values_json(),
                                    unreadable);
  for (const std::string& name : unreadable) {
    // Without the parser's message: the value may be a secret.
    log::Error("a value is missing in service rules: it does not parse", {{"app_id", app_id()}, {"value", name}});
  }
}

const config::v1::ExecutorView::Service* AppCode::FindService(std::string_view name) const {
  auto it = services_.find(name);
  return it == services_.end() ? nullptr : it->second.service;
}

const ServiceRules* AppCode::FindRules(std::string_view service_name) const {
  auto it = services_.find(service_name);
  return it == services_.end() ? nullptr : &it->second.rules;
}

const DataRules* AppCode::FindDataRules(std::string_view service_name) const {
  auto it = services_.find(service_name);
  return it == services_.end() ? nullptr : &it->second.data_rules;
}

bool AppCode::Has(const v1::ExecuteRequest& request) const {
  auto has_script = [](const absl::flat_hash_map<Key, bool>& targets, const std::string& first,
                       const std::string& second) {
    auto it = targets.find(Key(first, second));
    return it != targets.end() && it->second;
  };
  switch (request.target_case()) {
    case v1::ExecuteRequest::kWebhook:
      return webhooks_.contains(Key(request.webhook().service(), request.webhook().webhook()));
    case v1::ExecuteRequest::kRunAsScript:
      return has_script(webhooks_, request.run_as_script().service(), request.run_as_script().webhook());
    case v1::ExecuteRequest::kFunction:
      return functions_.contains(request.function());
    case v1::ExecuteRequest::kWebhookFunction:
      return webhooks_.contains(Key(request.webhook_function().service(), request.webhook_function().webhook()));
    case v1::ExecuteRequest::kEndpoint:
      return endpoints_.contains(Key(request.endpoint().route(), request.endpoint().method()));
    case v1::ExecuteRequest::kEndpointRunAsScript:
      return has_script(endpoints_, request.endpoint_run_as_script().route(),
                        request.endpoint_run_as_script().method());
    case v1::ExecuteRequest::TARGET_NOT_SET:
      break;
  }
  return false;
}

}  // namespace overlock::executor
