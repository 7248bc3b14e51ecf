#include "services/config/config_parts.h"

#include <utility>
#include <vector>

#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "overlock/config/v1/admin_service.pb.h"

namespace overlock::config {
namespace {

constexpr int kPoolThreads = 8;
// Every watcher may ask for views at once, and writes still find a place.
constexpr int kPoolItemsMax = AppWatches::kWatchersMax + 64;

}  // namespace

absl::StatusOr<std::unique_ptr<ConfigParts>> ConfigParts::Open(std::shared_ptr<storage::Database> database,
                                                               Options options, Metrics& metrics, const Clock& clock) {
  std::unique_ptr<ConfigParts> parts(new ConfigParts());
  OVERLOCK_ASSIGN_OR_RETURN(auto store,
                            ApplicationStore::Open(database, std::move(options.key), clock.Now(), options.old_keys));
  OVERLOCK_ASSIGN_OR_RETURN(parts->catalog_, AppCatalog::Open(std::move(store), std::move(options.catalog), clock));
  parts->access_ = std::make_unique<AccessControl>(std::make_unique<TokenStore>(database), clock);
  parts->pool_ = std::make_unique<BlockingPool>(kPoolThreads, kPoolItemsMax);
  parts->call_metrics_ = std::make_unique<CallMetrics>(
      metrics, "config", *v1::CreateAppRequest::descriptor()->file()->FindServiceByName("AdminService"),
      std::vector<std::string>{"ImportApp", "ListApps"});
  parts->registry_ = std::make_unique<LocalAppRegistry>(*parts->catalog_, *parts->access_, *parts->pool_, metrics,
                                                        *parts->call_metrics_);
  // What another replica writes.
  parts->subscription_ = parts->catalog_->store().Listen([catalog = parts->catalog_.get()] {
    absl::Status refreshed = catalog->Refresh();
    if (!refreshed.ok()) log::Warning("changes could not be read", {{"error", refreshed.ToString()}});
  });
  parts->admin_ = std::make_unique<LocalAppAdmin>(*parts->catalog_, *parts->access_, database, *parts->pool_,
                                                  *parts->call_metrics_);
  return parts;
}

ConfigParts::~ConfigParts() {
  subscription_ = nullptr;
  if (registry_ != nullptr) registry_->Drain();
  // Its threads end before what they work on.
  pool_ = nullptr;
}

}  // namespace overlock::config
