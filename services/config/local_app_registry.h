// AppRegistry over a store.
#ifndef OVERLOCK_SERVICES_CONFIG_LOCAL_APP_REGISTRY_H_
#define OVERLOCK_SERVICES_CONFIG_LOCAL_APP_REGISTRY_H_

#include <memory>
#include <mutex>

#include "absl/status/statusor.h"
#include "common/async/blocking_pool.h"
#include "common/async/clock.h"
#include "common/telemetry/metrics.h"
#include "services/config/app_parser.h"
#include "services/config/app_registry.h"
#include "services/config/application_store.h"

namespace overlock::config {

// Keeps all applications in memory and in the store; an import is in the store before anybody sees it. Watchers are
// woken by an import at once. Metrics: `overlock_config_imports_total{result}`, `overlock_config_watchers`,
// `overlock_config_revision`, `overlock_config_apps`. Watches must run on loops of one thread each.
class LocalAppRegistry : public AppRegistry {
 public:
  // More watches than this at once are refused: RESOURCE_EXHAUSTED (`TOO_MANY_WATCHERS`).
  static constexpr int kWatchersMax = 1000;
  // Parts of a watch are about this large, unless one application is larger.
  static constexpr size_t kPartBytes = 8 * 1024 * 1024;

  // Reads all applications: blocks. `check_expression` may be null. `metrics` and `clock` must outlive the registry.
  static absl::StatusOr<std::unique_ptr<LocalAppRegistry>> Open(std::unique_ptr<ApplicationStore> store,
                                                                ExpressionChecker check_expression, Metrics& metrics,
                                                                const Clock& clock = Clock::Real());
  ~LocalAppRegistry() override;

  Task<absl::StatusOr<v1::ImportAppResponse>> ImportApp(v1::ImportAppRequest request, CallContext call) override;
  Task<absl::StatusOr<v1::ListAppsResponse>> ListApps(v1::ListAppsRequest request, CallContext call) override;
  Task<absl::Status> Watch(v1::WatchRequest request, OnWatch on_part, CallContext call) override;

  // Ends all watches with UNAVAILABLE (`DRAINING`) and refuses new ones.
  void Drain();

 private:
  struct Shared;
  class Watcher;

  LocalAppRegistry(std::unique_ptr<ApplicationStore> store, ExpressionChecker check_expression, Metrics& metrics,
                   const Clock& clock);
  // On a thread of the pool.
  absl::StatusOr<v1::ImportAppResponse> Import(const v1::ImportAppRequest& request);
  // Stores `application` if it is not the one that is there.
  absl::Status StoreIfChanged(v1::Application application, v1::ImportAppResponse& response);

  const std::unique_ptr<ApplicationStore> store_;
  const ExpressionChecker check_expression_;
  const Clock& clock_;
  Counter& imports_stored_;
  Counter& imports_identical_;
  Counter& imports_refused_;
  // Imports one after another, so that each is compared with the one before it.
  std::mutex import_mutex_;
  const std::shared_ptr<Shared> shared_;
  // Last: its threads end first.
  BlockingPool pool_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_LOCAL_APP_REGISTRY_H_
