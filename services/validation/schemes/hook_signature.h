// VERIFY_PAYLOAD (spec section 5.2).
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_HOOK_SIGNATURE_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_HOOK_SIGNATURE_H_

#include <string>

#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// `X-Hook-Signature: sha256=<64 hexadecimal digits>`: the HMAC-SHA-256 of the body's bytes, those of an empty body too.
class HookSignature : public Scheme {
 public:
  // An empty secret refuses every request.
  explicit HookSignature(std::string secret);

  std::string_view name() const override { return "hook_signature"; }
  Refusal Check(const type::v1::HttpRequest& request, std::string_view body) const override;

 private:
  const std::string secret_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_HOOK_SIGNATURE_H_
