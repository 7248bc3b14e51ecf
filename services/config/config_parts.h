// The config service put together.
#ifndef OVERLOCK_SERVICES_CONFIG_CONFIG_PARTS_H_
#define OVERLOCK_SERVICES_CONFIG_CONFIG_PARTS_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/async/blocking_pool.h"
#include "common/async/clock.h"
#include "common/crypto/seal.h"
#include "common/storage/database.h"
#include "common/telemetry/metrics.h"
#include "services/config/access_control.h"
#include "services/config/app_catalog.h"
#include "services/config/local_app_admin.h"
#include "services/config/local_app_registry.h"

namespace overlock::config {

// Owns what the service is made of, over one database.
class ConfigParts {
 public:
  struct Options {
    crypto::SealKey key;
    // What they sealed is sealed again with `key`.
    std::vector<crypto::SealKey> old_keys;
    AppCatalog::Options catalog;
  };

  // Reads all applications: blocks. `metrics` and `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<ConfigParts>> Open(std::shared_ptr<storage::Database> database, Options options,
                                                           Metrics& metrics, const Clock& clock = Clock::Real());
  ~ConfigParts();

  LocalAppRegistry& registry() { return *registry_; }
  LocalAppAdmin& admin() { return *admin_; }
  AccessControl& access() { return *access_; }
  AppCatalog& catalog() { return *catalog_; }

 private:
  ConfigParts() = default;

  std::unique_ptr<AppCatalog> catalog_;
  std::unique_ptr<AccessControl> access_;
  std::unique_ptr<CallMetrics> call_metrics_;
  std::unique_ptr<BlockingPool> pool_;
  std::unique_ptr<LocalAppRegistry> registry_;
  std::unique_ptr<LocalAppAdmin> admin_;
  std::unique_ptr<storage::Subscription> subscription_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_CONFIG_PARTS_H_
