// The validation logic.
#ifndef OVERLOCK_SERVICES_VALIDATION_LOCAL_VALIDATOR_H_
#define OVERLOCK_SERVICES_VALIDATION_LOCAL_VALIDATOR_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "common/async/clock.h"
#include "common/snapshot/versioned_apps.h"
#include "common/telemetry/metrics.h"
#include "overlock/config/v1/config_service.pb.h"
#include "services/validation/schemes/scheme.h"
#include "services/validation/validator.h"
#include "services/validation/verdict_counters.h"

namespace overlock::validation {

// Checks requests against the secrets of webhooks and endpoints, which Apply() brings. Every refusal is logged with its
// cause, and with neither secret nor signature.
class LocalValidator : public Validator {
 public:
  // Both must outlive it.
  explicit LocalValidator(Metrics& metrics, const Clock& clock = Clock::Real());

  // Takes over a change of configuration: a complete batch of VIEW_VALIDATION. One thread at a time.
  void Apply(const config::v1::WatchResponse& batch);

  Task<absl::StatusOr<v1::ValidateResponse>> Validate(v1::ValidateRequest request, Body body,
                                                      CallContext call) override;

 private:
  using Schemes = absl::flat_hash_map<std::string, absl::flat_hash_map<std::string, std::unique_ptr<const Scheme>>>;
  struct App {
    // By service and webhook.
    Schemes webhooks;
    // By route and method.
    Schemes endpoints;
  };

  static std::shared_ptr<const App> Compile(const config::v1::ValidationView& view);
  // Null if the request names nothing that asks for validation.
  static const Scheme* FindScheme(const App& app, const v1::ValidateRequest& request);

  VerdictCounters counters_;
  VersionedApps<App> apps_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_LOCAL_VALIDATOR_H_
