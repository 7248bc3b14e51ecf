// The store of deliveries, from the command line.
#ifndef OVERLOCK_SERVICES_VALIDATION_STORE_FLAGS_H_
#define OVERLOCK_SERVICES_VALIDATION_STORE_FLAGS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/telemetry/metrics.h"
#include "services/validation/delivery_store.h"

namespace overlock::validation {

// Makes the store that the flags name; a database's schema is brought up to date. INVALID_ARGUMENT (`BAD_FLAG`) for a
// flag's value that is not allowed. `metrics` must outlive the store.
absl::StatusOr<std::unique_ptr<DeliveryStore>> OpenDeliveryStore(Metrics& metrics);

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_STORE_FLAGS_H_
