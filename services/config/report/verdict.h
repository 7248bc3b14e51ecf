// Whether something of an exported application runs here.
#ifndef OVERLOCK_SERVICES_CONFIG_REPORT_VERDICT_H_
#define OVERLOCK_SERVICES_CONFIG_REPORT_VERDICT_H_

#include <string>
#include <string_view>

namespace overlock::config {

struct Verdict {
  enum class Kind {
    // As it did.
    kRuns,
    // It runs, and `explanation` says what is different.
    kDiffers,
    // `explanation` says why, and what to do.
    kDoesNotRun,
  };

  Kind kind = Kind::kRuns;
  // For people, without a full stop. For kRuns mostly empty; otherwise what only a run can tell.
  std::string explanation;

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

inline Verdict Runs(std::string_view explanation = "") { return {Verdict::Kind::kRuns, std::string(explanation)}; }
inline Verdict Differs(std::string_view how) { return {Verdict::Kind::kDiffers, std::string(how)}; }
inline Verdict DoesNotRun(std::string_view why) { return {Verdict::Kind::kDoesNotRun, std::string(why)}; }

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_REPORT_VERDICT_H_
