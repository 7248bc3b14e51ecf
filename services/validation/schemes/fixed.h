// Schemes that look at nothing.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_FIXED_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_FIXED_H_

#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// NO_VALIDATION (spec section 5.1).
class NoValidation : public Scheme {
 public:
  std::string_view name() const override { return "none"; }
  Refusal Check(const type::v1::HttpRequest&, std::string_view) const override {
    return v1::ValidateResponse::REFUSAL_UNSPECIFIED;
  }
};

// Whatever this version has no scheme for. It fails closed.
class UnknownMethod : public Scheme {
 public:
  std::string_view name() const override { return "unknown"; }
  Refusal Check(const type::v1::HttpRequest&, std::string_view) const override {
    return v1::ValidateResponse::REFUSAL_METHOD_UNKNOWN;
  }
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_FIXED_H_
