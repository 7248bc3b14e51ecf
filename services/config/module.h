// The config service as a part of a process.
#ifndef OVERLOCK_SERVICES_CONFIG_MODULE_H_
#define OVERLOCK_SERVICES_CONFIG_MODULE_H_

#include <memory>

#include "common/app/module.h"

namespace overlock::config {

// Provides AppRegistry and serves it over gRPC; needs nobody. Flags: `--config_*`.
std::unique_ptr<app::Module> MakeModule();

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_MODULE_H_
