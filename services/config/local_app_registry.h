// AppRegistry over a catalog.
#ifndef OVERLOCK_SERVICES_CONFIG_LOCAL_APP_REGISTRY_H_
#define OVERLOCK_SERVICES_CONFIG_LOCAL_APP_REGISTRY_H_

#include "absl/status/statusor.h"
#include "common/async/blocking_pool.h"
#include "common/telemetry/call_metrics.h"
#include "common/telemetry/metrics.h"
#include "services/config/access_control.h"
#include "services/config/app_catalog.h"
#include "services/config/app_registry.h"
#include "services/config/app_watches.h"

namespace overlock::config {

// Imports need the role editor (admin for a new application), lists viewer, watches the service's certificate. Metric:
// `overlock_config_imports_total{result}`. Thread-safe.
class LocalAppRegistry : public AppRegistry {
 public:
  // All must outlive it.
  LocalAppRegistry(AppCatalog& catalog, AccessControl& access, BlockingPool& pool, Metrics& metrics,
                   const CallMetrics& call_metrics);

  Task<absl::StatusOr<v1::ImportAppResponse>> ImportApp(v1::ImportAppRequest request, CallContext call) override;
  Task<absl::StatusOr<v1::ListAppsResponse>> ListApps(v1::ListAppsRequest request, CallContext call) override;
  Task<absl::Status> Watch(v1::WatchRequest request, OnWatch on_part, CallContext call) override;

  // Ends all watches with UNAVAILABLE (`DRAINING`) and refuses new ones.
  void Drain() { watches_.Drain(); }

 private:
  // On threads of the pool.
  absl::StatusOr<v1::ImportAppResponse> Import(const v1::ImportAppRequest& request, const CallContext& call);
  absl::StatusOr<v1::ListAppsResponse> List(const v1::ListAppsRequest& request, const CallContext& call);

  AppCatalog& catalog_;
  AccessControl& access_;
  BlockingPool& pool_;
  const CallMetrics& call_metrics_;
  Counter& imports_stored_;
  Counter& imports_identical_;
  Counter& imports_refused_;
  AppWatches watches_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_LOCAL_APP_REGISTRY_H_
