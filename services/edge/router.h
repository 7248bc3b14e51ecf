// From a path to a webhook or an HTTPS endpoint.
#ifndef OVERLOCK_SERVICES_EDGE_ROUTER_H_
#define OVERLOCK_SERVICES_EDGE_ROUTER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "common/snapshot/versioned_apps.h"
#include "overlock/config/v1/config_service.pb.h"
#include "overlock/config/v1/view.pb.h"
#include "services/edge/method_set.h"

namespace overlock::edge {

struct HookCounters;

// A pointer that is looked up once and then kept, for all copies on their own. Thread-safe.
class HookCountersSlot {
 public:
  HookCountersSlot() = default;
  HookCountersSlot(const HookCountersSlot& other) : counters_(other.Get()) {}
  HookCountersSlot& operator=(const HookCountersSlot& other) {
    Set(other.Get());
    return *this;
  }

  HookCounters* Get() const { return counters_.load(std::memory_order_acquire); }
  void Set(HookCounters* counters) { counters_.store(counters, std::memory_order_release); }

 private:
  std::atomic<HookCounters*> counters_{nullptr};
};

// One webhook or one HTTPS endpoint.
struct Route {
  // A webhook's service and name; empty for an endpoint.
  std::string service;
  std::string webhook;
  // An endpoint's route and method, and the function it runs; empty for a webhook.
  type::v1::EndpointName endpoint;
  std::string function;
  MethodSet methods;
  bool needs_validation = false;
  bool needs_user = false;
  bool needs_authorization = false;
  // Only endpoints are.
  bool disabled = false;
  // Where its answers are counted: null before the first. EdgeMetrics' alone.
  mutable HookCountersSlot counters;

  bool is_endpoint() const { return !endpoint.route().empty(); }
  // What errors call the owner's function.
  const std::string& function_name() const { return is_endpoint() ? function : webhook; }
};

// The endpoints that share a route.
struct EndpointGroup {
  // The one for all other methods is the last.
  std::vector<Route> endpoints;
  // What they answer to together: a disabled endpoint takes its method away.
  MethodSet methods;
};

// The webhooks and endpoints of one application at one revision. Immutable.
struct AppRoutes {
  std::string app_id;
  absl::Duration run_time_max;
  std::vector<std::string> allowed_request_origins;
  absl::flat_hash_set<std::string> services;
  // By `<service>/incoming_webhook/<webhook>`: the part of a URL after `/service/`.
  absl::flat_hash_map<std::string, Route> webhooks;
  // By route.
  absl::flat_hash_map<std::string, EndpointGroup> endpoints;
};

// What a path leads to.
struct RouteMatch {
  enum class Outcome { kFound, kUnknownPath, kNoApp, kNoService, kNoWebhook, kNoEndpoint, kEndpointDisabled };

  Outcome outcome = Outcome::kUnknownPath;
  // Set from kNoService on; keeps `route` alive.
  std::shared_ptr<const AppRoutes> app;
  int64_t revision = 0;
  // What the path answers to; set if found.
  MethodSet methods;
  // Set if found, but for an endpoint's path that has no endpoint for the request's method.
  const Route* route = nullptr;
  // What was looked for in vain: the name of the application, service or webhook.
  std::string missing;
};

// Knows all applications as config last told. Thread-safe: one thread applies, any thread looks up, without waiting.
class Router {
 public:
  explicit Router(const Clock& clock = Clock::Real()) : apps_(clock) {}

  // Takes over a change of VIEW_EDGE.
  void Apply(const config::v1::WatchResponse& batch);

  // Finds the webhook of `/api/client/v2.0/app/{app}/service/{service}/incoming_webhook/{webhook}`, or the endpoint of
  // `/app/{app}/endpoint{route}`, whose route is all that follows, slashes too. Of several endpoints with one route the
  // one with the request's method answers, disabled or not, and otherwise the one for all methods. Nothing is allocated
  // when it is found and the path is not percent-encoded.
  RouteMatch Find(std::string_view path, std::string_view method) const;

  // The last revision applied; 0 before the first, when every look-up fails.
  int64_t revision() const { return apps_.revision(); }

 private:
  VersionedApps<AppRoutes> apps_;
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_ROUTER_H_
