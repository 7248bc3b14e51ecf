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
  for (const config::v1::ExecutorView::Webhook& webhook : load_.view().webhooks()) {
    WebhookKey key(webhook.name().service(), webhook.name().webhook());
    std::string directory = absl::StrCat("services/", key.first, "/incoming_webhooks/", key.second);
    webhooks_.emplace(key, Code{&webhook.source(), absl::StrCat(directory, "/source.js"), webhook.service_type(), true,
                                webhook.respond_result(), false});
    if (webhook.run_as_script_source().empty()) continue;
    scripts_.emplace(
        key, Code{&webhook.run_as_script_source(), absl::StrCat(directory, "/config.json#run_as_user_id_script_source"),
                  webhook.service_type(), false, true, false});
  }
  for (const config::v1::ExecutorView::Function& function : load_.view().functions()) {
    functions_.emplace(function.name(),
                       Code{&function.source(), absl::StrCat("functions/", function.name(), "/source.js"),
                            type::v1::SERVICE_TYPE_UNSPECIFIED, false, true, function.run_as_system()});
  }
}

const Code* LoadedApp::FindWebhook(const absl::flat_hash_map<WebhookKey, Code>& codes,
                                   const type::v1::WebhookName& name) const {
  auto it = codes.find(WebhookKey(name.service(), name.webhook()));
  return it == codes.end() ? nullptr : &it->second;
}

const Code* LoadedApp::Find(const v1::ExecuteRequest& request) const {
  switch (request.target_case()) {
    case v1::ExecuteRequest::kWebhook:
      return FindWebhook(webhooks_, request.webhook());
    case v1::ExecuteRequest::kRunAsScript:
      return FindWebhook(scripts_, request.run_as_script());
    case v1::ExecuteRequest::kFunction:
      return FindFunction(request.function());
    case v1::ExecuteRequest::kWebhookFunction:
      return FindWebhook(webhooks_, request.webhook_function());
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
