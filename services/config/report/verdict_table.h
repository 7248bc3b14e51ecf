// Verdicts by name.
#ifndef OVERLOCK_SERVICES_CONFIG_REPORT_VERDICT_TABLE_H_
#define OVERLOCK_SERVICES_CONFIG_REPORT_VERDICT_TABLE_H_

#include <optional>
#include <span>
#include <string_view>

#include "services/config/report/verdict.h"

namespace overlock::config {

struct VerdictRow {
  std::string_view name;
  Verdict::Kind kind = Verdict::Kind::kRuns;
  std::string_view explanation = {};
};

// Nullopt if no row has that name.
inline std::optional<Verdict> FindVerdict(std::span<const VerdictRow> rows, std::string_view name) {
  for (const VerdictRow& row : rows) {
    if (row.name == name) return Verdict{row.kind, std::string(row.explanation)};
  }
  return std::nullopt;
}

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_REPORT_VERDICT_TABLE_H_
