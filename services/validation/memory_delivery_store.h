// Deliveries in this process's memory.
#ifndef OVERLOCK_SERVICES_VALIDATION_MEMORY_DELIVERY_STORE_H_
#define OVERLOCK_SERVICES_VALIDATION_MEMORY_DELIVERY_STORE_H_

#include <cstddef>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/async/clock.h"
#include "common/telemetry/metrics.h"
#include "services/validation/delivery_store.h"

namespace overlock::validation {

// For one process: another one, or the next after a restart, knows none of them. When it is full, the delivery whose
// time is over soonest of those that succeeded is forgotten early; that is counted in
// `overlock_validation_deliveries_forgotten_total`. RESOURCE_EXHAUSTED (`DELIVERIES_FULL`) if all are being executed.
class MemoryDeliveryStore : public DeliveryStore {
 public:
  // `metrics` and `clock` must outlive it. At least one delivery; each takes some 400 bytes.
  MemoryDeliveryStore(size_t deliveries_max, Metrics& metrics, const Clock& clock = Clock::Real());

  Task<absl::StatusOr<bool>> Take(DeliveryClaim claim) override;
  Task<absl::Status> Complete(std::string key, std::string owner, bool succeeded) override;

 private:
  struct Delivery {
    std::string owner;
    absl::Duration keep;
    absl::Time expires_at;
    bool succeeded = false;
  };
  using Deliveries = absl::flat_hash_map<std::string, Delivery>;
  // When each expires, and its key.
  using Expiries = std::set<std::pair<absl::Time, std::string>>;

  absl::StatusOr<bool> TakeNow(DeliveryClaim claim);
  void CompleteNow(const std::string& key, const std::string& owner, bool succeeded);
  Expiries& ExpiriesOf(const Delivery& delivery) { return delivery.succeeded ? succeeded_ : running_; }
  void Erase(Deliveries::iterator delivery);
  void EraseExpired(Expiries& expiries, absl::Time now);
  // False if there is none and none could be made.
  bool MakeRoom();

  const size_t deliveries_max_;
  const Clock& clock_;
  Counter& forgotten_;
  std::mutex mutex_;
  Deliveries deliveries_;
  Expiries running_;
  Expiries succeeded_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_MEMORY_DELIVERY_STORE_H_
