// The authentication providers of an application, as requests can use them (spec sections 1.4 and 6.1).
#ifndef OVERLOCK_SERVICES_AUTH_PROVIDERS_H_
#define OVERLOCK_SERVICES_AUTH_PROVIDERS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/jwt/jwk_set.h"
#include "common/jwt/key.h"
#include "common/jwt/token.h"
#include "overlock/auth/v1/user_resources.pb.h"
#include "overlock/config/v1/view.pb.h"
#include "services/auth/proof_cache.h"

namespace overlock::auth {

// The provider `custom-token`. Immutable.
class TokenProvider {
 public:
  // INVALID_ARGUMENT (`BAD_PROVIDER`) says what is wrong, without secrets.
  static absl::StatusOr<TokenProvider> Make(const config::v1::AuthProvider& provider,
                                            const config::v1::AuthView::ProviderSecrets& secrets,
                                            std::string_view app_id);

  // Where its keys are; empty if it has keys of its own.
  const std::string& jwk_uri() const { return jwk_uri_; }

  // What a token says of its user.
  struct Subject {
    v1::Identity identity;
    // The metadata fields as a JSON object; `{}` if none are configured.
    std::string data_json;
  };
  // Checks everything: the algorithm that the configuration fixes, the signature, the times, the audience, the metadata
  // fields that must be there. `keys` is the set at jwk_uri(), null without one. A signature by one of the same keys
  // that `proofs` holds is not verified again. INVALID_ARGUMENT (`BAD_TOKEN`) with a cause for the log.
  absl::StatusOr<Subject> Check(const jwt::Token& token, const jwt::JwkSet* keys, ProofCache& proofs,
                                absl::Time now) const;
  // Whether a token of this algorithm can be right, before keys are fetched for it.
  bool Allows(jwt::Algorithm algorithm) const;

 private:
  struct MetadataField {
    bool required = false;
    // Where it is among the claims, by dots.
    std::string path;
    // Its name in the user's data.
    std::string name;
  };

  absl::Status ReadConfig(const config::v1::AuthProvider& provider, std::string_view app_id);
  absl::Status ReadMetadataFields(const std::string& json);
  absl::Status ReadKeys(const std::vector<std::string>& texts);
  bool IsSigned(const jwt::Token& token, const jwt::JwkSet* keys, ProofCache& proofs) const;
  absl::StatusOr<std::string> DataOf(const jwt::Token& token) const;

  // Another for every provider that was ever made in this process; copies have the same.
  uint64_t serial_ = 0;
  std::string jwk_uri_;
  // Nothing: any that is not symmetric, as the set's keys say.
  std::optional<jwt::Algorithm> algorithm_;
  std::vector<jwt::Key> keys_;
  std::vector<std::string> audiences_;
  bool any_audience_ = false;
  std::vector<MetadataField> metadata_fields_;
};

// Which credentials an application takes. Immutable.
struct Providers {
  bool local_userpass = false;
  bool api_key = false;
  // Null without it, where it is disabled, and where it is misconfigured.
  std::shared_ptr<const TokenProvider> custom_token;
};

// A provider that is misconfigured is logged and takes nothing.
std::shared_ptr<const Providers> MakeProviders(const config::v1::AuthView& view, std::string_view app_id);

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_PROVIDERS_H_
