// The validation logic.
#ifndef OVERLOCK_SERVICES_VALIDATION_LOCAL_VALIDATOR_H_
#define OVERLOCK_SERVICES_VALIDATION_LOCAL_VALIDATOR_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/async/clock.h"
#include "common/snapshot/versioned_apps.h"
#include "common/telemetry/metrics.h"
#include "overlock/config/v1/config_service.pb.h"
#include "services/validation/delivery_claims.h"
#include "services/validation/delivery_store.h"
#include "services/validation/schemes/scheme.h"
#include "services/validation/validator.h"
#include "services/validation/verdict_counters.h"

namespace overlock::validation {

// Checks requests against the secrets of webhooks and endpoints, which Apply() brings, and takes the deliveries of
// those that are valid. Every refusal is logged with its cause, and with neither secret nor signature.
class LocalValidator : public Validator {
 public:
  // All must outlive it.
  LocalValidator(DeliveryStore& deliveries, Metrics& metrics, const Clock& clock = Clock::Real());

  // Takes over a change of configuration: a complete batch of VIEW_VALIDATION. One thread at a time.
  void Apply(const config::v1::WatchResponse& batch);

  Task<absl::StatusOr<v1::ValidateResponse>> Validate(v1::ValidateRequest request, Body body,
                                                      CallContext call) override;
  Task<absl::StatusOr<v1::CompleteDeliveryResponse>> CompleteDelivery(v1::CompleteDeliveryRequest request,
                                                                      CallContext call) override;

  // How the requests for one webhook or endpoint are checked.
  struct Checked {
    std::unique_ptr<const Scheme> scheme;
    // Of its settings; may be empty.
    std::string public_url;
    // Let through what is refused.
    bool observe_only = false;
    // For how long deliveries are remembered; zero: their ids are not looked at.
    absl::Duration deduplicate_for;
    // How often each secret matched, by Outcome::secret; empty for a webhook or endpoint with one secret at most.
    std::vector<Counter*> matches;
  };

 private:
  using Schemes = absl::flat_hash_map<std::string, absl::flat_hash_map<std::string, Checked>>;
  struct App {
    // By service and webhook.
    Schemes webhooks;
    // By route and method.
    Schemes endpoints;
  };

  std::shared_ptr<const App> Compile(const std::string& app_id, const config::v1::ValidationView& view);
  // Null if the request names nothing that asks for validation.
  static const Checked* FindScheme(const App& app, const v1::ValidateRequest& request);

  const Clock& clock_;
  Metrics& metrics_;
  VerdictCounters counters_;
  DeliveryClaims deliveries_;
  VersionedApps<App> apps_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_LOCAL_VALIDATOR_H_
