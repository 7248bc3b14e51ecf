// The auth service as a part of a process.
#ifndef OVERLOCK_SERVICES_AUTH_MODULE_H_
#define OVERLOCK_SERVICES_AUTH_MODULE_H_

#include <memory>

#include "common/app/module.h"

namespace overlock::auth {

// Provides Authenticator. Needs config::AppRegistry and executor::FunctionExecutor, in this process or at
// --config_target and --executor_target.
std::unique_ptr<app::Module> MakeModule();

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_MODULE_H_
