// PayPal's signatures, which are of a checksum of the body and of the webhook's id.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_PAYPAL_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_PAYPAL_H_

#include <string>
#include <string_view>
#include <vector>

#include "services/validation/schemes/key.h"
#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// A secret of PayPal's is `<webhook id>:<key>`, the id that PayPal gave the webhook, and the public key or the
// certificate with which it signs. The certificate's URL in the request is not looked at: nothing is fetched.
//
// Signed is `<transmission id>|<time>|<webhook id>|<CRC-32 of the body, in decimal digits>`. A CRC is no hash: whoever
// holds one signed request can make another body with the same checksum. So the scheme is as strong as PayPal made it.
class Paypal : public Scheme {
 public:
  Paypal(const Secrets& secrets, const config::v1::ValidationSettings& settings);

  std::string_view name() const override { return "paypal"; }
  Outcome Check(const Input& input) const override;

 private:
  const Preset& preset_;
  const config::v1::ValidationSettings settings_;
  // In the order of the secrets, as the keys.
  std::vector<std::string> webhook_ids_;
  Keys keys_;
  Refusal refusal_;
};

// The webhook's id and the key of a secret; both empty if it has not both.
struct PaypalSecret {
  std::string_view webhook_id;
  std::string_view key;
};
PaypalSecret SplitPaypalSecret(std::string_view secret);

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_PAYPAL_H_
