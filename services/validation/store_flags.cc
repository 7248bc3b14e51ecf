#include "services/validation/store_flags.h"

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "common/status/status.h"
#include "common/storage/database_url.h"
#include "common/storage/open_database.h"
#include "services/validation/memory_delivery_store.h"
#include "services/validation/sql_delivery_store.h"

ABSL_FLAG(
    std::string, validation_database, "",
    "Where ids of deliveries are remembered: the path of a SQLite file or a postgresql:// URL without a password, "
    "which several replicas can share. Default: this process's memory.");
ABSL_FLAG(std::string, validation_database_url_file, "", "A file that holds that URL, when it has a password.");
ABSL_FLAG(int, validation_deliveries_max, 100'000,
          "How many deliveries are remembered in memory; beyond that the oldest are forgotten early.");

namespace overlock::validation {
namespace {

// Other services may keep their tables in the same database.
constexpr char kPostgresSchema[] = "overlock_validation";
constexpr int kDeliveriesMaxMax = 100'000'000;

}  // namespace

absl::StatusOr<std::unique_ptr<DeliveryStore>> OpenDeliveryStore(Metrics& metrics) {
  const int deliveries_max = absl::GetFlag(FLAGS_validation_deliveries_max);
  if (deliveries_max < 1 || deliveries_max > kDeliveriesMaxMax) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG",
                 "--validation_deliveries_max: allowed: 1 to 100000000");
  }
  OVERLOCK_ASSIGN_OR_RETURN(std::string url,
                            storage::ReadDatabaseUrl("validation_database", absl::GetFlag(FLAGS_validation_database),
                                                     absl::GetFlag(FLAGS_validation_database_url_file)));
  if (url.empty()) {
    return std::unique_ptr<DeliveryStore>(
        std::make_unique<MemoryDeliveryStore>(static_cast<size_t>(deliveries_max), metrics));
  }
  storage::OpenOptions options;
  options.postgres.schema = kPostgresSchema;
  OVERLOCK_ASSIGN_OR_RETURN(auto database, storage::OpenDatabase(url, options));
  OVERLOCK_ASSIGN_OR_RETURN(std::unique_ptr<SqlDeliveryStore> store, SqlDeliveryStore::Open(std::move(database)));
  return std::unique_ptr<DeliveryStore>(std::move(store));
}

}  // namespace overlock::validation
