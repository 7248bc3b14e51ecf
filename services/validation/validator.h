// Did a trusted source send it?
#ifndef OVERLOCK_SERVICES_VALIDATION_VALIDATOR_H_
#define OVERLOCK_SERVICES_VALIDATION_VALIDATOR_H_

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "common/body/body.h"
#include "overlock/validation/v1/validation_service.pb.h"

namespace overlock::validation {

// Checks that a request was sent by a trusted source (spec section 5). A refusal is an answer; a Status means that
// there is none, and the request must not go on. The answer is the same in process and over gRPC. Thread-safe.
class Validator {
 public:
  virtual ~Validator() = default;

  // `body` is the request's; `request.body` is left empty. Errors: see protos/overlock/validation/v1.
  virtual Task<absl::StatusOr<v1::ValidateResponse>> Validate(v1::ValidateRequest request, Body body,
                                                              CallContext call) = 0;

  // Says how the execution of a delivery ended that Validate has taken. Errors: see protos/overlock/validation/v1.
  virtual Task<absl::StatusOr<v1::CompleteDeliveryResponse>> CompleteDelivery(v1::CompleteDeliveryRequest request,
                                                                              CallContext call) = 0;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_VALIDATOR_H_
