// Counts verdicts.
#ifndef OVERLOCK_SERVICES_VALIDATION_VERDICT_COUNTERS_H_
#define OVERLOCK_SERVICES_VALIDATION_VERDICT_COUNTERS_H_

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "common/telemetry/metrics.h"
#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// A refusal as a word for logs and metrics: `signature_mismatch`; `valid` for none.
std::string_view VerdictName(Refusal refusal);

// `overlock_validation_verdicts_total{scheme,verdict}`. Thread-safe; counting takes no lock.
class VerdictCounters {
 public:
  // `metrics` must outlive it.
  explicit VerdictCounters(Metrics& metrics);
  // `scheme` is a Scheme's name.
  void Count(std::string_view scheme, Refusal refusal);

 private:
  using OfScheme = std::array<Counter*, v1::ValidateResponse::Refusal_ARRAYSIZE>;
  std::map<std::string, OfScheme, std::less<>> counters_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_VERDICT_COUNTERS_H_
