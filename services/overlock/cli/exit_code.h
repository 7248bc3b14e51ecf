// What the command line tells the program that started it.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_EXIT_CODE_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_EXIT_CODE_H_

#include <string_view>

#include "absl/status/status.h"

namespace overlock::cli {

// docs/cli.md promises them.
inline constexpr int kExitDone = 0;
// What was asked is not there or taken, the configuration has errors, or somebody said no.
inline constexpr int kExitRefused = 1;
// The command line, or a file that it names, cannot be used. Nothing was asked.
inline constexpr int kExitUsage = 2;
// There is no answer from the server.
inline constexpr int kExitUnreachable = 3;
// The token is missing or unknown, or its role is too low.
inline constexpr int kExitNotAllowed = 4;
// `import --check`: it can be imported, and something of it does not run here.
inline constexpr int kExitDoesNotRun = 5;

int ExitCodeFor(const absl::Status& status);

// INVALID_ARGUMENT (`BAD_USAGE`).
absl::Status UsageError(std::string_view message);

// CANCELLED (`CANCELLED`): somebody was asked and said no.
absl::Status Cancelled(std::string_view message);

// What to do about it; empty if nothing is known.
std::string_view HintFor(const absl::Status& status);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_EXIT_CODE_H_
