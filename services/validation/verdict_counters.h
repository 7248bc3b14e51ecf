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

// `overlock_validation_verdicts_total{scheme,verdict}` and, of those, `overlock_validation_let_through_total` with the
// same labels. Thread-safe; counting takes no lock.
class VerdictCounters {
 public:
  // `metrics` must outlive it.
  explicit VerdictCounters(Metrics& metrics);
  // `scheme` is a Scheme's name. `let_through`: the request goes on in spite of the refusal, which is one.
  void Count(std::string_view scheme, Refusal refusal, bool let_through = false);

 private:
  struct OfVerdict {
    Counter* verdicts = nullptr;
    // Null for the verdict that is no refusal.
    Counter* let_through = nullptr;
  };
  using OfScheme = std::array<OfVerdict, v1::ValidateResponse::Refusal_ARRAYSIZE>;
  std::map<std::string, OfScheme, std::less<>> counters_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_VERDICT_COUNTERS_H_
