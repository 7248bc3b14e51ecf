// The validation service as a part of a process.
#ifndef OVERLOCK_SERVICES_VALIDATION_MODULE_H_
#define OVERLOCK_SERVICES_VALIDATION_MODULE_H_

#include <memory>

#include "common/app/module.h"

namespace overlock::validation {

// Provides Validator. Needs config::AppRegistry, in this process or at --config_target.
std::unique_ptr<app::Module> MakeModule();

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_MODULE_H_
