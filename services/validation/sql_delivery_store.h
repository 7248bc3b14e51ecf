// Deliveries in a database that several processes share.
#ifndef OVERLOCK_SERVICES_VALIDATION_SQL_DELIVERY_STORE_H_
#define OVERLOCK_SERVICES_VALIDATION_SQL_DELIVERY_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "common/async/blocking_pool.h"
#include "common/async/clock.h"
#include "common/storage/database.h"
#include "services/validation/delivery_store.h"

namespace overlock::validation {

// SQLite or PostgreSQL. Times are those of the processes' clocks, which have to agree within the slack of a lease. What
// has expired is deleted by and by, after others have succeeded. Errors are those of the database (UNAVAILABLE), and
// RESOURCE_EXHAUSTED (`QUEUE_FULL`) when too many wait for it.
class SqlDeliveryStore : public DeliveryStore {
 public:
  // Brings the database's schema up to date. `clock` must outlive the store.
  static absl::StatusOr<std::unique_ptr<SqlDeliveryStore>> Open(std::shared_ptr<storage::Database> database,
                                                                const Clock& clock = Clock::Real());

  Task<absl::StatusOr<bool>> Take(DeliveryClaim claim) override;
  Task<absl::Status> Complete(std::string key, std::string owner, bool succeeded) override;

 private:
  SqlDeliveryStore(std::shared_ptr<storage::Database> database, const Clock& clock)
      : database_(std::move(database)), clock_(clock) {}

  absl::StatusOr<bool> TakeNow(const DeliveryClaim& claim);
  absl::Status CompleteNow(const std::string& key, const std::string& owner, bool succeeded);
  // Deletes some of what has expired, when it is time to. A failure is logged.
  void DeleteExpired();

  const std::shared_ptr<storage::Database> database_;
  const Clock& clock_;
  // When to look for expired ones again, in milliseconds since 1970.
  std::atomic<int64_t> next_deletion_ = 0;
  // Its threads end before what they work on.
  BlockingPool pool_{4, 1'024};
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SQL_DELIVERY_STORE_H_
