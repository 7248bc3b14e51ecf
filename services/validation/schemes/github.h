// GitHub's own signatures (spec section 5.4).
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_GITHUB_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_GITHUB_H_

#include <string>

#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// `X-Hub-Signature-256: sha256=<64 digits>`, or else the older `X-Hub-Signature: sha1=<40 digits>`, both HMACs of the
// body's bytes. GitHub sends both; the stronger one decides alone, and the older one counts only where it is missing.
class Github : public Scheme {
 public:
  // An empty secret refuses every request.
  explicit Github(std::string secret);

  std::string_view name() const override { return "github"; }
  Refusal Check(const type::v1::HttpRequest& request, std::string_view body) const override;

 private:
  const std::string secret_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_GITHUB_H_
