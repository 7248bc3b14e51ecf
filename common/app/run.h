// main() for every binary that serves.
#ifndef OVERLOCK_COMMON_APP_RUN_H_
#define OVERLOCK_COMMON_APP_RUN_H_

#include <functional>
#include <string>

#include "common/app/module.h"

namespace overlock::app {

struct RunOptions {
  // Where gRPC is served when there is more than one module; the single module's own address otherwise.
  std::function<std::string()> listen_address;
  std::function<std::string()> metrics_address;
};

// Reads flags (flag, then environment, then --flagfile, then default), starts the modules in order, serves until
// SIGTERM or SIGINT, drains and stops. Returns the exit code: 0 after a drain, 1 if something could not start.
// `make_modules` is called once the flags are known. `argv[0]` may be followed by flags only.
int Run(int argc, char** argv, std::function<Modules()> make_modules, RunOptions options = {});

// Sets a flag's value unless the command line, the environment or a flag file did; call it from `make_modules`.
void SetFlagDefault(std::string_view flag, const std::string& value);

}  // namespace overlock::app

#endif  // OVERLOCK_COMMON_APP_RUN_H_
