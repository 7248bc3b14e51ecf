// Schemes that look at nothing.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_FIXED_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_FIXED_H_

#include <string>
#include <utility>

#include "services/validation/schemes/scheme.h"
#include "services/validation/schemes/signature_header.h"

namespace overlock::validation {

// NO_VALIDATION (spec section 5.1).
class NoValidation : public Scheme {
 public:
  explicit NoValidation(std::string delivery_id_header = "") : delivery_id_header_(std::move(delivery_id_header)) {}

  std::string_view name() const override { return "none"; }
  Outcome Check(const Input& input) const override {
    return {.delivery_id = DeliveryId(input.request, delivery_id_header_)};
  }

 private:
  const std::string delivery_id_header_;
};

// Whatever this version has no scheme for. It fails closed.
class UnknownMethod : public Scheme {
 public:
  std::string_view name() const override { return "unknown"; }
  Outcome Check(const Input&) const override { return {.refusal = v1::ValidateResponse::REFUSAL_METHOD_UNKNOWN}; }
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_FIXED_H_
