// The validation service in another process.
#ifndef OVERLOCK_SERVICES_VALIDATION_REMOTE_VALIDATOR_H_
#define OVERLOCK_SERVICES_VALIDATION_REMOTE_VALIDATOR_H_

#include <memory>

#include "common/rpc/connection.h"
#include "overlock/validation/v1/validation_service.grpc.pb.h"
#include "services/validation/validator.h"

namespace overlock::validation {

// Asks the validation service over a channel. Never retries by itself; the caller may.
class RemoteValidator : public Validator {
 public:
  explicit RemoteValidator(rpc::Connection connection);

  Task<absl::StatusOr<v1::ValidateResponse>> Validate(v1::ValidateRequest request, Body body,
                                                      CallContext call) override;
  Task<absl::StatusOr<v1::CompleteDeliveryResponse>> CompleteDelivery(v1::CompleteDeliveryRequest request,
                                                                      CallContext call) override;

 private:
  const std::unique_ptr<v1::ValidationService::StubInterface> stub_;
  const std::shared_ptr<rpc::CallStreams> streams_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_REMOTE_VALIDATOR_H_
