// Twilio's signatures, of which no template can say what is signed.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_TWILIO_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_TWILIO_H_

#include <string>
#include <string_view>

#include "services/validation/schemes/key.h"
#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// `X-Twilio-Signature`: base64 of an HMAC-SHA-1, the secret being the account's auth token.
//
// Of a form, the URL is signed and then each field's name and value, in the order of their names, each pair once; at
// most 1,000 fields. Of any other body, and of a form without fields, the URL alone: if its query has `bodySHA256`,
// that must be the body's digest, and without it the body must be empty. Twilio counts the port of the URL or not; we
// take the URL as it is, without a port, and with its scheme's own where it has none.
class Twilio : public Scheme {
 public:
  Twilio(const Secrets& secrets, std::string delivery_id_header);

  std::string_view name() const override { return "twilio"; }
  Outcome Check(const Input& input) const override;

 private:
  const Preset& preset_;
  const std::string delivery_id_header_;
  const Keys keys_;
  const Refusal refusal_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_TWILIO_H_
