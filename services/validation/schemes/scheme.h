// One way in which a request proves where it comes from.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_SCHEME_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_SCHEME_H_

#include <string_view>

#include "overlock/type/v1/http.pb.h"
#include "overlock/validation/v1/validation_service.pb.h"

namespace overlock::validation {

using Refusal = v1::ValidateResponse::Refusal;

// A webhook's scheme with its secret. Immutable, so thread-safe.
class Scheme {
 public:
  virtual ~Scheme() = default;
  // For logs and metrics: `hook_signature`.
  virtual std::string_view name() const = 0;
  // REFUSAL_UNSPECIFIED if the request is valid. How long it takes tells nothing of the secret.
  virtual Refusal Check(const type::v1::HttpRequest& request, std::string_view body) const = 0;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_SCHEME_H_
