// The watches of other services.
#ifndef OVERLOCK_SERVICES_CONFIG_APP_WATCHES_H_
#define OVERLOCK_SERVICES_CONFIG_APP_WATCHES_H_

#include <atomic>
#include <memory>
#include <mutex>

#include "absl/container/flat_hash_set.h"
#include "common/async/blocking_pool.h"
#include "common/telemetry/metrics.h"
#include "services/config/app_catalog.h"
#include "services/config/app_registry.h"
#include "services/config/wakeable_wait.h"

namespace overlock::config {

// Serves watches of a catalog. They must run on loops of one thread each. Metrics: `overlock_config_watchers`,
// `overlock_config_revision`, `overlock_config_apps`. Thread-safe.
class AppWatches {
 public:
  // More watches than this at once are refused: RESOURCE_EXHAUSTED (`TOO_MANY_WATCHERS`).
  static constexpr int kWatchersMax = 1000;
  // Parts of a watch are about this large, unless one application is larger.
  static constexpr size_t kPartBytes = 8 * 1024 * 1024;

  // All must outlive it. Views are built on the pool.
  AppWatches(AppCatalog& catalog, BlockingPool& pool, Metrics& metrics);
  ~AppWatches();

  // AppRegistry::Watch().
  Task<absl::Status> Watch(v1::WatchRequest request, AppRegistry::OnWatch on_part, CallContext call);

  // Ends all watches with UNAVAILABLE (`DRAINING`) and refuses new ones.
  void Drain();

 private:
  struct Shared;
  class Watcher;

  AppCatalog& catalog_;
  BlockingPool& pool_;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APP_WATCHES_H_
