// From a path to a webhook.
#ifndef OVERLOCK_SERVICES_EDGE_ROUTER_H_
#define OVERLOCK_SERVICES_EDGE_ROUTER_H_

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

namespace overlock::edge {

// One webhook.
struct Route {
  std::string service;
  std::string webhook;
  config::v1::HttpMethod method;
  bool needs_validation;
  bool needs_user;
  bool needs_authorization;
};

// The webhooks of one application at one revision. Immutable.
struct AppRoutes {
  std::string app_id;
  absl::Duration run_time_max;
  std::vector<std::string> allowed_request_origins;
  absl::flat_hash_set<std::string> services;
  // By `<service>/incoming_webhook/<webhook>`: the part of a URL after `/service/`.
  absl::flat_hash_map<std::string, Route> webhooks;
};

// What a path leads to.
struct RouteMatch {
  enum class Outcome { kFound, kNotAWebhookPath, kNoApp, kNoService, kNoWebhook, kNoEndpoint };

  Outcome outcome = Outcome::kNotAWebhookPath;
  // Set from kNoService on; keeps `route` alive.
  std::shared_ptr<const AppRoutes> app;
  int64_t revision = 0;
  // Set if found.
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

  // Finds the webhook of `/api/client/v2.0/app/{app}/service/{service}/incoming_webhook/{webhook}`. Nothing is
  // allocated when it is found and the path is not percent-encoded. HTTPS endpoints (`/app/{app}/endpoint/{route}`)
  // are not stored yet, so each is an unknown endpoint of its application.
  RouteMatch Find(std::string_view path) const;

  // The last revision applied; 0 before the first, when every look-up fails.
  int64_t revision() const { return apps_.revision(); }

 private:
  VersionedApps<AppRoutes> apps_;
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_ROUTER_H_
