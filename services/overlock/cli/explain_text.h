// Explanations of authorization expressions, for people.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_EXPLAIN_TEXT_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_EXPLAIN_TEXT_H_

#include <string>

#include "overlock/authz/v1/authz_service.pb.h"

namespace overlock::cli {

// A line that says whether the request is allowed, and one for each clause, indented, with what it came to. `marks` are
// signs for a terminal (✓ ✗) in the place of words.
std::string ExplainText(const authz::v1::ExplainResponse& response, bool marks);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_EXPLAIN_TEXT_H_
