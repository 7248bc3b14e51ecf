// The secrets of a webhook or an endpoint.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_SECRETS_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_SECRETS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "overlock/config/v1/application.pb.h"

namespace overlock::validation {

// A secret. An empty one matches nothing; it stands in the list so that the others keep their places.
struct Secret {
  std::string value;
  // From then on it matches nothing.
  absl::Time expires_at = absl::InfiniteFuture();
};
using Secrets = std::vector<Secret>;

// `secret`, where it is not empty, then those of the settings.
Secrets SecretsOf(const std::string& secret, const config::v1::ValidationSettings& settings);

// Whether one of them is not empty.
bool HasSecret(const Secrets& secrets);

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_SECRETS_H_
