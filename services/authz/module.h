// The authz service as a part of a process.
#ifndef OVERLOCK_SERVICES_AUTHZ_MODULE_H_
#define OVERLOCK_SERVICES_AUTHZ_MODULE_H_

#include <memory>

#include "common/app/module.h"

namespace overlock::authz {

// Provides Authorizer. Needs config::AppRegistry, config::AppAdmin and executor::FunctionExecutor, in this process or
// at
// --config_target and --executor_target.
std::unique_ptr<app::Module> MakeModule();

}  // namespace overlock::authz

#endif  // OVERLOCK_SERVICES_AUTHZ_MODULE_H_
