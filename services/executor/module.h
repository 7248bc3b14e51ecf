// The executor as a part of a process.
#ifndef OVERLOCK_SERVICES_EXECUTOR_MODULE_H_
#define OVERLOCK_SERVICES_EXECUTOR_MODULE_H_

#include <memory>

#include "common/app/module.h"

namespace overlock::executor {

// Provides FunctionExecutor. Needs config::AppRegistry, in this process or at --config_target.
std::unique_ptr<app::Module> MakeModule();

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_MODULE_H_
