#include "services/overlock/import_report.h"

#include <cstdio>

namespace overlock {

void PrintImportProblems(const config::v1::ImportAppResponse& response) {
  for (const auto& problem : response.problems()) {
    const bool error = problem.severity() == config::v1::ImportProblem::SEVERITY_ERROR;
    std::fprintf(stderr, "%s: %s: %s%s%s\n", error ? "error" : "warning", problem.file().c_str(),
                 problem.field().c_str(), problem.field().empty() ? "" : ": ", problem.message().c_str());
  }
}

}  // namespace overlock
