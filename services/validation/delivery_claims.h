// Lets each delivery be executed once.
#ifndef OVERLOCK_SERVICES_VALIDATION_DELIVERY_CLAIMS_H_
#define OVERLOCK_SERVICES_VALIDATION_DELIVERY_CLAIMS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "common/telemetry/metrics.h"
#include "overlock/validation/v1/validation_service.pb.h"
#include "services/validation/delivery_store.h"

namespace overlock::validation {

// Takes deliveries of validated requests from a store, and says to it how they ended. Ids of different applications,
// webhooks and endpoints have nothing to do with each other; the store sees a hash of them. Thread-safe.
//
// Counts `overlock_validation_deliveries_total{outcome}`.
class DeliveryClaims {
 public:
  // What a lease is longer than the call's deadline: clocks differ, and the edge still has to say how it ended.
  static constexpr absl::Duration kSlack = absl::Seconds(30);
  // The longest lease, for calls without a deadline.
  static constexpr absl::Duration kLeaseMax = absl::Minutes(30);

  // Both must outlive it.
  DeliveryClaims(DeliveryStore& store, Metrics& metrics);

  // What the delivery with this id of the request's webhook or endpoint is called in the store; empty for an empty id.
  static std::string KeyOf(const v1::ValidateRequest& request, const std::string& id);

  // As in ValidateResponse.
  struct Claim {
    std::string delivery;
    bool duplicate = false;
  };
  // Takes a delivery for `call.request_id`, which may take it again, unless its key is empty. It is remembered for
  // `keep` after it succeeded. Errors are the store's, and CANCELLED if the caller has gone meanwhile: then it is free
  // again.
  Task<absl::StatusOr<Claim>> Take(std::string key, absl::Duration keep, CallContext call);

  // INVALID_ARGUMENT (`DELIVERY_INVALID`) if `request.delivery` is not of Take(); else the store's errors.
  Task<absl::Status> Complete(v1::CompleteDeliveryRequest request);

 private:
  DeliveryStore& store_;
  Counter& taken_;
  Counter& duplicate_;
  Counter& without_id_;
  Counter& no_answer_;
  Counter& succeeded_;
  Counter& failed_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_DELIVERY_CLAIMS_H_
