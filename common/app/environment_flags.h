// Flags from the command line, the environment and files.
#ifndef OVERLOCK_COMMON_APP_ENVIRONMENT_FLAGS_H_
#define OVERLOCK_COMMON_APP_ENVIRONMENT_FLAGS_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace overlock::app {

// The variable that sets a flag: `edge_listen` is set by `OVERLOCK_EDGE_LISTEN`.
std::string EnvironmentVariable(std::string_view flag);

// Reads a variable; null if it is not set. getenv, or a test's own.
using Environment = std::function<const char*(const std::string& name)>;

// Sets every flag that the command line `arguments` does not name from its variable. Call it after
// absl::ParseCommandLine, which has read the command line and `--flagfile`: so the order is flag, environment,
// file, default. INVALID_ARGUMENT (`BAD_ENVIRONMENT_VARIABLE`) names the first variable that cannot be read.
absl::Status SetFlagsFromEnvironment(const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace overlock::app

#endif  // OVERLOCK_COMMON_APP_ENVIRONMENT_FLAGS_H_
