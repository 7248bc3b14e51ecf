#include "services/validation/schemes/secrets.h"

#include <algorithm>

namespace overlock::validation {

Secrets SecretsOf(const std::string& secret, const config::v1::ValidationSettings& settings) {
  Secrets secrets;
  if (!secret.empty()) secrets.push_back({secret});
  for (const config::v1::ValidationSettings::Secret& more : settings.secrets()) {
    absl::Time expires_at = absl::InfiniteFuture();
    if (more.has_expires_at()) {
      expires_at = absl::FromUnixSeconds(more.expires_at().seconds()) + absl::Nanoseconds(more.expires_at().nanos());
    }
    secrets.push_back({more.value(), expires_at});
  }
  return secrets;
}

bool HasSecret(const Secrets& secrets) {
  return std::any_of(secrets.begin(), secrets.end(), [](const Secret& secret) { return !secret.value.empty(); });
}

}  // namespace overlock::validation
