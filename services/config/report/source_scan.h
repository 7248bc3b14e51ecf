// What the source of a function uses of the platform, and whether that runs here.
#ifndef OVERLOCK_SERVICES_CONFIG_REPORT_SOURCE_SCAN_H_
#define OVERLOCK_SERVICES_CONFIG_REPORT_SOURCE_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/config/report/verdict.h"

namespace overlock::config {

// What an application has, by the names that its sources use.
struct AppNames {
  // The type of each service: `http`, `mongodb-atlas`.
  std::map<std::string, std::string, std::less<>> service_types;
  std::set<std::string, std::less<>> functions;
  std::set<std::string, std::less<>> values;
  // The npm packages at the top of its dependencies: `lodash`, `@scope/name`.
  std::set<std::string, std::less<>> packages;
};

// A use of the platform.
struct Finding {
  // Printable ASCII: `require('fs')`, `context.services.get('web').post`, `collection.find`, `BSON.ObjectId`.
  std::string construct;
  // From 1; columns count characters.
  uint32_t line = 1;
  uint32_t column = 1;
  Verdict verdict;
};

struct SourceReport {
  // By place. What simply runs stands here once, at its first use; everything else at each use.
  std::vector<Finding> findings;
  // How many more there are.
  size_t left_out = 0;
};

inline constexpr size_t kFindingsMax = 1000;

// Looks at the tokens of a webhook's, function's or script's source: member chains that begin with `context`,
// `require`, `BSON`, `EJSON`, `utils`, `process`, or with a variable that was set to such a chain, and global names. It
// runs nothing and knows no scopes: a name that is declared anywhere hides the global of that name (but not `context`)
// everywhere. What depends on more than a literal or a constant is said to be checked when it runs. Any bytes do, in
// time and memory proportional to their number; what does not compile gets whatever is found in it.
SourceReport ScanSource(std::string_view source, const AppNames& app);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_REPORT_SOURCE_SCAN_H_
