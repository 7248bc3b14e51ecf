#include "services/executor/js/loaded_app.h"

#include "absl/strings/str_cat.h"

namespace overlock::executor::js {
namespace {

// Defaults of protos/overlock/config/v1/application.proto, should a view come without limits.
constexpr int64_t kCpuTimeMaxNs = 10'000'000'000;
constexpr int64_t kMemoryBytesMax = 256 << 20;
constexpr int kPendingOperationsMax = 1'000;
constexpr int kConsoleLinesMax = 25;
constexpr int kConsoleLineBytesMax = 512;
constexpr int64_t kAnswerBytesMax = 18 << 20;

template <class T>
T Or(T value, T otherwise) {
  return value > 0 ? value : otherwise;
}

// Of layout F3, in which functions have no folders.
constexpr int64_t kConfigVersionOfFlatFunctions = 20210101;

bool HasFlatFunctions(const config::v1::ExecutorView& view) {
  return view.config_version() == kConfigVersionOfFlatFunctions;
}

std::string SourceFileOf(const config::v1::ExecutorView& view, const std::string& function) {
  return absl::StrCat("functions/", function, HasFlatFunctions(view) ? ".js" : "/source.js");
}

std::string ConfigFileOf(const config::v1::ExecutorView& view, const std::string& function) {
  return HasFlatFunctions(view) ? "functions/config.json" : absl::StrCat("functions/", function, "/config.json");
}

}  // namespace

LoadedApp::LoadedApp(worker::v1::LoadApp load) : load_(std::move(load)), dependencies_(load_.view().dependencies()) {
  const config::v1::Limits& limits = load_.view().limits();
  int64_t cpu_ns = limits.cpu_time_max().seconds() * 1'000'000'000 + limits.cpu_time_max().nanos();
  cpu_time_max_ns_ = Or(cpu_ns, kCpuTimeMaxNs);
  memory_bytes_max_ = Or(limits.memory_bytes_max(), kMemoryBytesMax);
  pending_operations_max_ = Or(limits.pending_operations_max(), kPendingOperationsMax);
  console_lines_max_ = Or(limits.console_lines_max(), kConsoleLinesMax);
  console_line_bytes_max_ = static_cast<size_t>(Or(limits.console_line_bytes_max(), kConsoleLineBytesMax));
  answer_bytes_max_ = static_cast<size_t>(Or(limits.answer_bytes_max(), kAnswerBytesMax));
  absl::flat_hash_map<std::string_view, const config::v1::ExecutorView::Function*> functions;
  for (const config::v1::ExecutorView::Function& function : load_.view().functions()) {
    functions.emplace(function.name(), &function);
    functions_.emplace(function.name(), Code{&function.source(), SourceFileOf(load_.view(), function.name()),
                                             type::v1::SERVICE_TYPE_UNSPECIFIED, true, function.run_as_system()});
  }
  for (const config::v1::ExecutorView::Webhook& webhook : load_.view().webhooks()) AddWebhook(webhook);
  for (const config::v1::ExecutorView::Endpoint& endpoint : load_.view().endpoints()) {
    auto function = functions.find(endpoint.function_name());
    if (function != functions.end()) AddEndpoint(endpoint, *function->second);
  }
}

void LoadedApp::AddWebhook(const config::v1::ExecutorView::Webhook& webhook) {
  Key key(webhook.name().service(), webhook.name().webhook());
  std::string directory = absl::StrCat("services/", key.first, "/incoming_webhooks/", key.second);
  webhooks_.emplace(key, Code{&webhook.source(), absl::StrCat(directory, "/source.js"), webhook.service_type(),
                              webhook.respond_result()});
  if (webhook.run_as_script_source().empty()) return;
  scripts_.emplace(
      key, Code{&webhook.run_as_script_source(), absl::StrCat(directory, "/config.json#run_as_user_id_script_source"),
                webhook.service_type()});
}

void LoadedApp::AddEndpoint(const config::v1::ExecutorView::Endpoint& endpoint,
                            const config::v1::ExecutorView::Function& function) {
  Key key(endpoint.name().route(), endpoint.name().method());
  Code code = functions_.at(function.name());
  code.service_type = type::v1::SERVICE_TYPE_HTTP;
  code.respond_result = endpoint.respond_result();
  code.return_type = endpoint.return_type();
  endpoints_.emplace(key, std::move(code));
  if (function.run_as_script_source().empty()) return;
  std::string name = absl::StrCat(ConfigFileOf(load_.view(), function.name()), "#run_as_user_id_script_source");
  endpoint_scripts_.emplace(key, Code{&function.run_as_script_source(), std::move(name), type::v1::SERVICE_TYPE_HTTP});
}

const Code* LoadedApp::Find(const v1::ExecuteRequest& request) const {
  auto find = [](const Codes& codes, const std::string& first, const std::string& second) -> const Code* {
    auto it = codes.find(Key(first, second));
    return it == codes.end() ? nullptr : &it->second;
  };
  auto find_webhook = [&find](const Codes& codes, const type::v1::WebhookName& name) {
    return find(codes, name.service(), name.webhook());
  };
  auto find_endpoint = [&find](const Codes& codes, const type::v1::EndpointName& name) {
    return find(codes, name.route(), name.method());
  };
  switch (request.target_case()) {
    case v1::ExecuteRequest::kWebhook:
      return find_webhook(webhooks_, request.webhook());
    case v1::ExecuteRequest::kRunAsScript:
      return find_webhook(scripts_, request.run_as_script());
    case v1::ExecuteRequest::kFunction:
      return FindFunction(request.function());
    case v1::ExecuteRequest::kWebhookFunction:
      return find_webhook(webhooks_, request.webhook_function());
    case v1::ExecuteRequest::kEndpoint:
      return find_endpoint(endpoints_, request.endpoint());
    case v1::ExecuteRequest::kEndpointRunAsScript:
      return find_endpoint(endpoint_scripts_, request.endpoint_run_as_script());
    case v1::ExecuteRequest::TARGET_NOT_SET:
      break;
  }
  return nullptr;
}

const Code* LoadedApp::FindFunction(std::string_view name) const {
  auto it = functions_.find(name);
  return it == functions_.end() ? nullptr : &it->second;
}

const std::string* LoadedApp::FindSource(std::string_view file) const {
  auto find = [&](const auto& codes) -> const std::string* {
    for (const auto& [key, code] : codes) {
      if (code.name == file) return code.source;
    }
    return nullptr;
  };
  if (const std::string* source = find(functions_)) return source;
  if (const std::string* source = find(webhooks_)) return source;
  if (const std::string* source = find(scripts_)) return source;
  if (const std::string* source = find(endpoint_scripts_)) return source;
  return dependencies_.Find(file);
}

const std::string* LoadedApp::FindServiceType(std::string_view name) const {
  for (const config::v1::ExecutorView::Service& service : load_.view().services()) {
    if (service.name() == name) return &service.type();
  }
  return nullptr;
}

const std::string* LoadedApp::FindValue(std::string_view name) const {
  auto it = load_.view().values_json().find(std::string(name));
  return it == load_.view().values_json().end() ? nullptr : &it->second;
}

}  // namespace overlock::executor::js
