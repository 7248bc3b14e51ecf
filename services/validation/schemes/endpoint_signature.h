// Signatures of HTTPS endpoints (spec section 5.2).
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_ENDPOINT_SIGNATURE_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_ENDPOINT_SIGNATURE_H_

#include <string>

#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// `Endpoint-Signature: sha256=<64 digits>`, an HMAC of the body's bytes. Where it is missing, `X-Hook-Signature` of the
// same form: senders of a webhook that was converted to an endpoint need to learn nothing but the new URL.
class EndpointSignature : public Scheme {
 public:
  // An empty secret refuses every request.
  explicit EndpointSignature(std::string secret);

  std::string_view name() const override { return "endpoint_signature"; }
  Refusal Check(const type::v1::HttpRequest& request, std::string_view body) const override;

 private:
  const std::string secret_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_ENDPOINT_SIGNATURE_H_
