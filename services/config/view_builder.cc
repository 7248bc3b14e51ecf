#include "services/config/view_builder.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "services/config/json_document.h"
#include "services/config/json_text.h"
#include "services/config/validation_methods.h"
#include "services/config/webhook_validation.h"

namespace overlock::config {
namespace {

constexpr int64_t kRunTimeSeconds = 90;
constexpr int64_t kCpuTimeSeconds = 10;
constexpr int64_t kMemoryBytes = int64_t{256} * 1024 * 1024;
constexpr int32_t kPendingOperations = 1'000;
constexpr int32_t kConsoleLines = 25;
constexpr int32_t kConsoleLineBytes = 512;
constexpr int64_t kAnswerBytes = int64_t{18} * 1024 * 1024;

type::v1::ServiceType TypeOf(const v1::Service& service) {
  if (service.type() == "github") return type::v1::SERVICE_TYPE_GITHUB;
  if (service.type() == "twilio") return type::v1::SERVICE_TYPE_TWILIO;
  return type::v1::SERVICE_TYPE_HTTP;
}

bool NeedsValidation(const v1::Application& application, const v1::Service& service, const v1::Webhook& webhook) {
  return config::NeedsValidation(ValidationMethodInForce(application, service, webhook), webhook.validation());
}

bool NeedsUser(const v1::Webhook& webhook) { return !webhook.run_as().has_system(); }

bool NeedsValidation(const v1::Endpoint& endpoint) {
  return config::NeedsValidation(endpoint.validation_method(), endpoint.validation());
}

bool NeedsUser(const v1::Function& function) {
  if (function.run_as_system()) return false;
  return function.run_as().mode_case() != v1::RunAs::MODE_NOT_SET && !function.run_as().has_system();
}

// GitHub and Twilio have no option for it; both send POST (spec section 3).
v1::HttpMethod MethodOf(v1::HttpMethod configured) {
  return configured == v1::HTTP_METHOD_UNSPECIFIED ? v1::HTTP_METHOD_POST : configured;
}

std::string MethodName(v1::HttpMethod configured) {
  return std::string(absl::StripPrefix(v1::HttpMethod_Name(MethodOf(configured)), "HTTP_METHOD_"));
}

void SetName(const v1::Service& service, const v1::Webhook& webhook, type::v1::WebhookName& name) {
  name.set_service(service.name());
  name.set_webhook(webhook.name());
}

void SetName(const v1::Endpoint& endpoint, type::v1::EndpointName& name) {
  name.set_route(endpoint.route());
  name.set_method(endpoint.http_method() == v1::HTTP_METHOD_ANY ? "*" : MethodName(endpoint.http_method()));
}

// Calls `visit(service, webhook)` for every webhook.
template <class Visit>
void ForEachWebhook(const v1::Application& application, Visit visit) {
  for (const v1::Service& service : application.services()) {
    for (const v1::Webhook& webhook : service.webhooks()) visit(service, webhook);
  }
}

// Calls `visit(endpoint, function)` for every endpoint, the disabled ones too, but not without its function and not
// twice for one name.
template <class Visit>
void ForEachEndpoint(const v1::Application& application, Visit visit) {
  if (application.endpoints().empty()) return;
  absl::flat_hash_map<std::string_view, const v1::Function*> functions;
  for (const v1::Function& function : application.functions()) functions.emplace(function.name(), &function);
  absl::flat_hash_set<std::pair<std::string_view, v1::HttpMethod>> names;
  for (const v1::Endpoint& endpoint : application.endpoints()) {
    auto function = functions.find(endpoint.function_name());
    if (function == functions.end()) continue;
    if (names.emplace(endpoint.route(), MethodOf(endpoint.http_method())).second) visit(endpoint, *function->second);
  }
}

// The same for those that are not disabled.
template <class Visit>
void ForEachEnabledEndpoint(const v1::Application& application, Visit visit) {
  ForEachEndpoint(application, [&](const v1::Endpoint& endpoint, const v1::Function& function) {
    if (!endpoint.disabled()) visit(endpoint, function);
  });
}

v1::Limits LimitsOf(const v1::Application& application) {
  v1::Limits limits = application.limits();
  if (!limits.has_run_time_max()) limits.mutable_run_time_max()->set_seconds(kRunTimeSeconds);
  if (!limits.has_cpu_time_max()) limits.mutable_cpu_time_max()->set_seconds(kCpuTimeSeconds);
  if (limits.memory_bytes_max() == 0) limits.set_memory_bytes_max(kMemoryBytes);
  if (limits.pending_operations_max() == 0) limits.set_pending_operations_max(kPendingOperations);
  if (limits.console_lines_max() == 0) limits.set_console_lines_max(kConsoleLines);
  if (limits.console_line_bytes_max() == 0) limits.set_console_line_bytes_max(kConsoleLineBytes);
  if (limits.answer_bytes_max() == 0) limits.set_answer_bytes_max(kAnswerBytes);
  return limits;
}

void AddValues(const v1::Application& application, google::protobuf::Map<std::string, std::string>& values_json) {
  for (const v1::Value& value : application.values()) {
    if (!value.from_secret()) {
      values_json[value.name()] = value.value_json();
      continue;
    }
    absl::StatusOr<JsonDocument> name = ParseJson(value.value_json());
    if (!name.ok()) continue;
    auto secret = application.secrets().find(name->root.text);
    if (secret == application.secrets().end()) continue;
    JsonValue text;
    text.kind = JsonValue::Kind::kString;
    text.text = secret->second;
    values_json[value.name()] = ToText(text);
  }
}

v1::EdgeView EdgeViewOf(const v1::Application& application) {
  v1::EdgeView view;
  ForEachWebhook(application, [&](const v1::Service& service, const v1::Webhook& webhook) {
    auto* out = view.add_webhooks();
    SetName(service, webhook, *out->mutable_name());
    out->set_id(webhook.id());
    out->set_http_method(MethodOf(webhook.http_method()));
    out->set_needs_validation(NeedsValidation(application, service, webhook));
    out->set_needs_user(NeedsUser(webhook));
    out->set_needs_authorization(!webhook.can_evaluate_json().empty());
  });
  ForEachEndpoint(application, [&](const v1::Endpoint& endpoint, const v1::Function& function) {
    auto* out = view.add_endpoints();
    SetName(endpoint, *out->mutable_name());
    out->set_id(endpoint.id());
    out->set_http_method(MethodOf(endpoint.http_method()));
    out->set_needs_validation(NeedsValidation(endpoint));
    out->set_needs_user(NeedsUser(function));
    out->set_needs_authorization(!function.can_evaluate_json().empty());
    out->set_disabled(endpoint.disabled());
    out->set_function_name(function.name());
  });
  *view.mutable_allowed_request_origins() = application.allowed_request_origins();
  *view.mutable_run_time_max() = LimitsOf(application).run_time_max();
  for (const v1::Service& service : application.services()) view.add_services(service.name());
  return view;
}

v1::ValidationView ValidationViewOf(const v1::Application& application) {
  v1::ValidationView view;
  ForEachWebhook(application, [&](const v1::Service& service, const v1::Webhook& webhook) {
    if (!NeedsValidation(application, service, webhook)) return;
    auto* out = view.add_webhooks();
    SetName(service, webhook, *out->mutable_name());
    out->set_service_type(TypeOf(service));
    out->set_method(ValidationMethodInForce(application, service, webhook));
    out->set_secret(ValidationSecretOf(application, service, webhook));
    if (webhook.has_validation()) *out->mutable_settings() = WithSecrets(application, webhook.validation());
  });
  ForEachEnabledEndpoint(application, [&](const v1::Endpoint& endpoint, const v1::Function&) {
    if (!NeedsValidation(endpoint)) return;
    auto* out = view.add_endpoints();
    SetName(endpoint, *out->mutable_name());
    out->set_method(endpoint.validation_method());
    auto secret = application.secrets().find(endpoint.secret_name());
    if (secret != application.secrets().end()) out->set_secret(secret->second);
    if (endpoint.has_validation()) *out->mutable_settings() = WithSecrets(application, endpoint.validation());
  });
  return view;
}

// `out` is a webhook or an endpoint of the view.
template <class Out>
void SetMode(const v1::RunAs& run_as, Out& out) {
  if (run_as.has_authed_user()) {
    *out.mutable_authed_user() = run_as.authed_user();
  } else if (!run_as.user_id().empty()) {
    out.set_user_id(run_as.user_id());
  } else {
    out.set_script(true);
  }
}

// A field that no `secret_config` names has the secret that secrets.json gave it: `auth_providers.<provider>.<field>`.
void AddProviderSecrets(const v1::Application& application, const v1::AuthProvider& provider, v1::AuthView& view) {
  std::map<std::string, std::string> values;
  for (const auto& [field, name] : provider.secret_config()) {
    auto secret = application.secrets().find(name);
    if (secret != application.secrets().end()) values[field] = secret->second;
  }
  const std::string prefix = absl::StrCat("auth_providers.", provider.name(), ".");
  for (const auto& [name, value] : application.secrets()) {
    if (name.starts_with(prefix)) values.emplace(name.substr(prefix.size()), value);
  }
  if (values.empty()) return;
  auto* out = view.add_provider_secrets();
  out->set_provider(provider.name());
  for (const auto& [field, value] : values) (*out->mutable_secrets())[field] = value;
}

v1::AuthView AuthViewOf(const v1::Application& application) {
  v1::AuthView view;
  ForEachWebhook(application, [&](const v1::Service& service, const v1::Webhook& webhook) {
    if (!NeedsUser(webhook)) return;
    auto* out = view.add_webhooks();
    SetName(service, webhook, *out->mutable_name());
    SetMode(webhook.run_as(), *out);
  });
  ForEachEnabledEndpoint(application, [&](const v1::Endpoint& endpoint, const v1::Function& function) {
    if (!NeedsUser(function)) return;
    auto* out = view.add_endpoints();
    SetName(endpoint, *out->mutable_name());
    SetMode(function.run_as(), *out);
    if (!out->has_authed_user()) return;
    out->mutable_authed_user()->set_fetch_custom_user_data(endpoint.fetch_custom_user_data());
    out->mutable_authed_user()->set_create_user_on_auth(endpoint.create_user_on_auth());
  });
  *view.mutable_auth_providers() = application.auth_providers();
  for (const v1::AuthProvider& provider : application.auth_providers()) AddProviderSecrets(application, provider, view);
  if (application.has_custom_user_data()) *view.mutable_custom_user_data() = application.custom_user_data();
  return view;
}

v1::AuthzView AuthzViewOf(const v1::Application& application) {
  v1::AuthzView view;
  ForEachWebhook(application, [&](const v1::Service& service, const v1::Webhook& webhook) {
    if (webhook.can_evaluate_json().empty()) return;
    auto* out = view.add_webhooks();
    SetName(service, webhook, *out->mutable_name());
    out->set_can_evaluate_json(webhook.can_evaluate_json());
  });
  ForEachEnabledEndpoint(application, [&](const v1::Endpoint& endpoint, const v1::Function& function) {
    if (function.can_evaluate_json().empty()) return;
    auto* out = view.add_endpoints();
    SetName(endpoint, *out->mutable_name());
    out->set_can_evaluate_json(function.can_evaluate_json());
  });
  AddValues(application, *view.mutable_values_json());
  for (const v1::Value& value : application.values()) {
    if (value.from_secret() || value.private_()) view.add_private_values(value.name());
  }
  view.set_environment(application.environment());
  *view.mutable_environment_values_json() = application.environment_values_json();
  return view;
}

// A secret that is not set is left out: the action that needs it says so.
void AddService(const v1::Application& application, const v1::Service& service, v1::ExecutorView& view) {
  auto* out = view.add_services();
  out->set_name(service.name());
  out->set_type(service.type());
  out->set_config_json(service.config_json());
  for (const auto& [field, name] : service.secret_config()) {
    auto secret = application.secrets().find(name);
    if (secret != application.secrets().end()) (*out->mutable_secrets())[field] = secret->second;
  }
  // What secrets.json sets of a field that no `secret_config` names (ParseSecrets).
  const std::string prefix = absl::StrCat("services.", service.name(), ".");
  for (const auto& [name, value] : application.secrets()) {
    if (name.starts_with(prefix)) (*out->mutable_secrets())[name.substr(prefix.size())] = value;
  }
  *out->mutable_rules() = service.rules();
  *out->mutable_data_rules() = service.data_rules();
}

v1::ExecutorView ExecutorViewOf(const v1::Application& application) {
  v1::ExecutorView view;
  view.set_config_version(application.config_version());
  ForEachWebhook(application, [&](const v1::Service& service, const v1::Webhook& webhook) {
    auto* out = view.add_webhooks();
    SetName(service, webhook, *out->mutable_name());
    out->set_service_type(TypeOf(service));
    out->set_source(webhook.source());
    out->set_respond_result(webhook.respond_result());
    out->set_run_as_script_source(webhook.run_as().script_source());
    out->set_disable_arg_logs(webhook.disable_arg_logs());
  });
  for (const v1::Function& function : application.functions()) {
    auto* out = view.add_functions();
    out->set_name(function.name());
    out->set_source(function.source());
    out->set_run_as_system(function.run_as_system());
    out->set_disable_arg_logs(function.disable_arg_logs());
    out->set_run_as_script_source(function.run_as().script_source());
  }
  ForEachEnabledEndpoint(application, [&](const v1::Endpoint& endpoint, const v1::Function& function) {
    auto* out = view.add_endpoints();
    SetName(endpoint, *out->mutable_name());
    out->set_function_name(function.name());
    out->set_respond_result(endpoint.respond_result());
    out->set_return_type(endpoint.return_type());
  });
  for (const v1::Service& service : application.services()) AddService(application, service, view);
  AddValues(application, *view.mutable_values_json());
  *view.mutable_limits() = LimitsOf(application);
  view.set_app_name(application.name());
  view.set_dependencies(application.dependencies());
  view.set_location(application.location());
  view.set_deployment_model(application.deployment_model());
  view.set_environment(application.environment());
  *view.mutable_environment_values_json() = application.environment_values_json();
  if (application.has_custom_user_data()) *view.mutable_custom_user_data() = application.custom_user_data();
  return view;
}

std::string PathOf(const v1::Application& application, const v1::Service& service, const v1::Webhook& webhook) {
  // Names hold nothing else that a URL's path cannot (ReadName).
  auto encoded = [](const std::string& name) { return absl::StrReplaceAll(name, {{" ", "%20"}}); };
  return absl::StrCat("/api/client/v2.0/app/", application.app_id(), "/service/", encoded(service.name()),
                      "/incoming_webhook/", encoded(webhook.name()));
}

// Routes can hold anything.
std::string PathOf(const v1::Application& application, const v1::Endpoint& endpoint) {
  constexpr std::string_view kPlain = "-._~/!$&'()*+,;=:@";
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string path = absl::StrCat("/app/", application.app_id(), "/endpoint");
  for (char c : endpoint.route()) {
    if (absl::ascii_isalnum(c) || absl::StrContains(kPlain, c)) {
      path += c;
    } else {
      absl::StrAppend(&path, "%", std::string_view(&kHex[static_cast<unsigned char>(c) >> 4], 1),
                      std::string_view(&kHex[c & 15], 1));
    }
  }
  return path;
}

std::string_view ValidationName(const v1::Service& service, const v1::Webhook& webhook) {
  switch (TypeOf(service)) {
    case type::v1::SERVICE_TYPE_GITHUB:
      return "GITHUB";
    case type::v1::SERVICE_TYPE_TWILIO:
      return "TWILIO";
    default:
      return ValidationMethodName(webhook.validation_method());
  }
}

}  // namespace

v1::AppView BuildView(v1::View view, const v1::Application& application, int64_t revision) {
  v1::AppView result;
  result.mutable_app()->set_app_id(application.app_id());
  result.mutable_app()->set_revision(revision);
  switch (view) {
    case v1::VIEW_EDGE:
      *result.mutable_edge() = EdgeViewOf(application);
      break;
    case v1::VIEW_VALIDATION:
      *result.mutable_validation() = ValidationViewOf(application);
      break;
    case v1::VIEW_AUTH:
      *result.mutable_auth() = AuthViewOf(application);
      break;
    case v1::VIEW_AUTHZ:
      *result.mutable_authz() = AuthzViewOf(application);
      break;
    case v1::VIEW_EXECUTOR:
      *result.mutable_executor() = ExecutorViewOf(application);
      break;
    default:
      break;
  }
  return result;
}

v1::AppSummary BuildSummary(const v1::Application& application, int64_t revision) {
  v1::AppSummary summary;
  summary.mutable_app()->set_app_id(application.app_id());
  summary.mutable_app()->set_revision(revision);
  summary.set_name(application.name());
  summary.set_function_count(application.functions_size());
  ForEachWebhook(application, [&](const v1::Service& service, const v1::Webhook& webhook) {
    auto* out = summary.add_webhooks();
    SetName(service, webhook, *out->mutable_name());
    out->set_http_method(MethodName(webhook.http_method()));
    out->set_validation_method(std::string(ValidationName(service, webhook)));
    out->set_path(PathOf(application, service, webhook));
  });
  ForEachEndpoint(application, [&](const v1::Endpoint& endpoint, const v1::Function&) {
    auto* out = summary.add_endpoints();
    SetName(endpoint, *out->mutable_name());
    out->set_validation_method(std::string(ValidationMethodName(endpoint.validation_method())));
    out->set_path(PathOf(application, endpoint));
    out->set_disabled(endpoint.disabled());
  });
  return summary;
}

}  // namespace overlock::config
