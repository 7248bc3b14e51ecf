#include "services/edge/router.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/edge/query.h"

namespace overlock::edge {
namespace {

constexpr std::string_view kWebhookPrefix = "/api/client/v2.0/app/";
constexpr std::string_view kEndpointPrefix = "/app/";
constexpr std::string_view kService = "service/";
constexpr std::string_view kIncomingWebhook = "/incoming_webhook/";
constexpr std::string_view kEndpoint = "endpoint";
// The root of config's default: a view always says it, but a zero would make every call fail.
constexpr absl::Duration kRunTimeDefault = absl::Seconds(90);

std::string WebhookKey(std::string_view service, std::string_view webhook) {
  return absl::StrCat(service, kIncomingWebhook, webhook);
}

// Of a webhook or an endpoint of the view.
template <class Message>
Route MakeRoute(const Message& message) {
  Route route;
  route.methods = MethodSet(message.http_method());
  route.needs_validation = message.needs_validation();
  route.needs_user = message.needs_user();
  route.needs_authorization = message.needs_authorization();
  return route;
}

void AddEndpoint(const config::v1::EdgeView::Endpoint& endpoint, EndpointGroup& group) {
  Route route = MakeRoute(endpoint);
  route.endpoint = endpoint.name();
  route.function = endpoint.function_name();
  route.disabled = endpoint.disabled();
  bool for_all_others = endpoint.http_method() == config::v1::HTTP_METHOD_ANY;
  group.endpoints.insert(for_all_others ? group.endpoints.end() : group.endpoints.begin(), std::move(route));
  // From the general to the particular.
  group.methods = MethodSet();
  for (auto it = group.endpoints.rbegin(); it != group.endpoints.rend(); ++it) {
    if (it->disabled) {
      group.methods.Remove(it->methods);
    } else {
      group.methods.Add(it->methods);
    }
  }
}

std::shared_ptr<const AppRoutes> Compile(const std::string& app_id, const config::v1::EdgeView& view) {
  auto app = std::make_shared<AppRoutes>();
  app->app_id = app_id;
  app->run_time_max = absl::Seconds(view.run_time_max().seconds()) + absl::Nanoseconds(view.run_time_max().nanos());
  if (app->run_time_max <= absl::ZeroDuration()) app->run_time_max = kRunTimeDefault;
  for (std::string_view origin : view.allowed_request_origins()) {
    app->allowed_request_origins.emplace_back(std::string(absl::StripSuffix(origin, "/")));
  }
  app->services.insert(view.services().begin(), view.services().end());
  for (const auto& webhook : view.webhooks()) {
    const auto& name = webhook.name();
    app->services.insert(name.service());
    Route route = MakeRoute(webhook);
    route.service = name.service();
    route.webhook = name.webhook();
    app->webhooks[WebhookKey(name.service(), name.webhook())] = std::move(route);
  }
  for (const auto& endpoint : view.endpoints()) AddEndpoint(endpoint, app->endpoints[endpoint.name().route()]);
  return app;
}

// Whether the text began with the prefix, which is gone then.
bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// `a/b` to `a`, and leaves `b`.
std::string_view TakeSegment(std::string_view& rest) {
  size_t slash = rest.find('/');
  std::string_view segment = rest.substr(0, slash);
  rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
  return segment;
}

void SetFound(const Route& webhook, RouteMatch& match) {
  match.outcome = RouteMatch::Outcome::kFound;
  match.methods = webhook.methods;
  match.route = &webhook;
}

// Looks for `<service>/incoming_webhook/<webhook>` once the fast look-up has failed: either a name is
// percent-encoded, or something is unknown and the answer must say what.
void FindSlowly(std::string_view tail, RouteMatch& match) {
  std::string_view service_part = TakeSegment(tail);
  if (TakeSegment(tail) != "incoming_webhook" || service_part.empty() || tail.empty() || absl::StrContains(tail, '/')) {
    return;
  }
  std::optional<std::string> service = PercentDecode(service_part), webhook = PercentDecode(tail);
  if (!service || !webhook) return;
  if (!match.app->services.contains(*service)) {
    match.outcome = RouteMatch::Outcome::kNoService;
    match.missing = *std::move(service);
    return;
  }
  auto it = match.app->webhooks.find(WebhookKey(*service, *webhook));
  if (it == match.app->webhooks.end()) {
    match.outcome = RouteMatch::Outcome::kNoWebhook;
    match.missing = *std::move(webhook);
    return;
  }
  SetFound(it->second, match);
}

// Looks for the route, which is percent-decoded once: it may hold a `%` of its own.
void FindEndpoint(std::string_view path, std::string_view method, RouteMatch& match) {
  std::optional<std::string> decoded;
  if (absl::StrContains(path, '%')) {
    decoded = PercentDecode(path);
    if (!decoded) return;
    path = *decoded;
  }
  auto it = match.app->endpoints.find(path);
  if (it == match.app->endpoints.end()) {
    match.outcome = RouteMatch::Outcome::kNoEndpoint;
    match.missing = std::string(path);
    return;
  }
  const EndpointGroup& group = it->second;
  const Route* route = nullptr;
  for (size_t i = 0; i < group.endpoints.size() && route == nullptr; ++i) {
    if (group.endpoints[i].methods.Has(method)) route = &group.endpoints[i];
  }
  if (group.methods.empty() || (route != nullptr && route->disabled)) {
    match.outcome = RouteMatch::Outcome::kEndpointDisabled;
    return;
  }
  match.outcome = RouteMatch::Outcome::kFound;
  match.methods = group.methods;
  match.route = route;
}

}  // namespace

void Router::Apply(const config::v1::WatchResponse& batch) {
  std::vector<VersionedApps<AppRoutes>::Change> changes;
  for (const auto& view : batch.apps()) {
    const auto& app = view.app();
    changes.push_back({app.app_id(), app.revision(), Compile(app.app_id(), view.edge())});
  }
  std::vector<std::string> removed(batch.removed_app_ids().begin(), batch.removed_app_ids().end());
  apps_.Apply(batch.revision(), batch.snapshot(), std::move(changes), removed);
}

RouteMatch Router::Find(std::string_view path, std::string_view method) const {
  RouteMatch match;
  bool is_webhook = TakePrefix(path, kWebhookPrefix);
  if (!is_webhook && !TakePrefix(path, kEndpointPrefix)) return match;
  std::string_view app_part = TakeSegment(path);
  std::optional<std::string> decoded;
  if (absl::StrContains(app_part, '%')) {
    decoded = PercentDecode(app_part);
    if (!decoded) return match;
    app_part = *decoded;
  }
  if (app_part.empty() || !TakePrefix(path, is_webhook ? kService : kEndpoint) || path.empty()) return match;
  if (!is_webhook && path.front() != '/') return match;

  VersionedApps<AppRoutes>::Current current = apps_.Latest(app_part);
  if (!current.app) {
    match.outcome = RouteMatch::Outcome::kNoApp;
    match.missing = std::string(app_part);
    return match;
  }
  match.app = std::move(current.app);
  match.revision = current.revision;
  if (!is_webhook) {
    FindEndpoint(path, method, match);
    return match;
  }
  if (auto it = match.app->webhooks.find(path); it != match.app->webhooks.end()) {
    SetFound(it->second, match);
    return match;
  }
  FindSlowly(path, match);
  return match;
}

}  // namespace overlock::edge
