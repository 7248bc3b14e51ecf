// Which deliveries have been taken.
#ifndef OVERLOCK_SERVICES_VALIDATION_DELIVERY_STORE_H_
#define OVERLOCK_SERVICES_VALIDATION_DELIVERY_STORE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/task.h"

namespace overlock::validation {

// A delivery that somebody wants to execute.
struct DeliveryClaim {
  // Which delivery: printable ASCII, at most 128 characters.
  std::string key;
  // Who wants it, the same when they ask again: printable ASCII, at most 128 characters.
  std::string owner;
  // How long its execution can take. After that it is free again, should nobody say how it ended.
  absl::Duration lease;
  // For how long it is remembered after it succeeded.
  absl::Duration keep;
};

// Remembers deliveries while they are executed, and those that succeeded for some time. A delivery that is taken is an
// answer; a Status means that there is none, and that nothing should be executed. Thread-safe.
class DeliveryStore {
 public:
  virtual ~DeliveryStore() = default;

  // True if the delivery was free, or is being executed by the same owner: now it is theirs, for the lease from now.
  // False if somebody else executes it, or if it has succeeded. Of several who ask at the same time one hears true.
  virtual Task<absl::StatusOr<bool>> Take(DeliveryClaim claim) = 0;

  // Says how the execution ended: from now on it is remembered, or free. Without effect if it is not that owner's any
  // more, so it may be said again.
  virtual Task<absl::Status> Complete(std::string key, std::string owner, bool succeeded) = 0;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_DELIVERY_STORE_H_
