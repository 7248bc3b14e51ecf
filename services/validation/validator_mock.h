// A mock of Validator for the tests of its neighbours.
#ifndef OVERLOCK_SERVICES_VALIDATION_VALIDATOR_MOCK_H_
#define OVERLOCK_SERVICES_VALIDATION_VALIDATOR_MOCK_H_

#include "gmock/gmock.h"
#include "services/validation/validator.h"

namespace overlock::validation {

class ValidatorMock : public Validator {
 public:
  MOCK_METHOD(Task<absl::StatusOr<v1::ValidateResponse>>, Validate,
              (v1::ValidateRequest request, Body body, CallContext call), (override));
  MOCK_METHOD(Task<absl::StatusOr<v1::CompleteDeliveryResponse>>, CompleteDelivery,
              (v1::CompleteDeliveryRequest request, CallContext call), (override));
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_VALIDATOR_MOCK_H_
