// Counts verdicts.
#ifndef OVERLOCK_SERVICES_AUTH_VERDICT_COUNTERS_H_
#define OVERLOCK_SERVICES_AUTH_VERDICT_COUNTERS_H_

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "common/telemetry/metrics.h"
#include "services/auth/credentials.h"

namespace overlock::auth {

// A reason as a word for logs and metrics: `user_not_found`; `found` for REASON_UNSPECIFIED.
std::string VerdictName(Reason reason);

// `overlock_auth_verdicts_total{mode,verdict}`. Thread-safe; counting takes no lock.
class VerdictCounters {
 public:
  // `metrics` must outlive it.
  explicit VerdictCounters(Metrics& metrics);
  // `mode` is `authed_user`, `user_id` or `script`.
  void Count(std::string_view mode, Reason reason);

 private:
  using OfMode = std::array<Counter*, v1::AuthenticateResponse::Reason_ARRAYSIZE>;
  std::map<std::string, OfMode, std::less<>> counters_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_VERDICT_COUNTERS_H_
