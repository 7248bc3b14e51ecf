// Names that a source declares or asks for. Internal to source_scan.
#ifndef OVERLOCK_SERVICES_CONFIG_REPORT_SOURCE_NAMES_H_
#define OVERLOCK_SERVICES_CONFIG_REPORT_SOURCE_NAMES_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "services/config/report/js_tokens.h"

namespace overlock::config {

// Whether the token is the name behind a dot.
bool IsMember(const std::vector<Token>& tokens, size_t index);
// Whether the token is a key of an object or of a pattern: `{name: ...}`.
bool IsKey(const std::vector<Token>& tokens, size_t index);

// Names that are declared, assigned or parameters anywhere, which may hide a global name, and how often they are
// declared (0: they are only assigned).
absl::flat_hash_map<std::string, int> DeclaredNames(const std::vector<Token>& tokens);
// Names X of which the source asks `typeof X`.
absl::flat_hash_set<std::string> ProbedNames(const std::vector<Token>& tokens);
// Whether the source gives the global `exports` a value: otherwise there is no function to run.
bool AssignsExports(const std::vector<Token>& tokens);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_REPORT_SOURCE_NAMES_H_
