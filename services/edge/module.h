// The edge as a part of a process.
#ifndef OVERLOCK_SERVICES_EDGE_MODULE_H_
#define OVERLOCK_SERVICES_EDGE_MODULE_H_

#include <memory>

#include "common/app/module.h"

namespace overlock::edge {

// Serves HTTP. Needs config::AppRegistry, validation::Validator, auth::Authenticator, authz::Authorizer and
// executor::FunctionExecutor, each in this process or at --<service>_target. Provides nothing.
std::unique_ptr<app::Module> MakeModule();

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_MODULE_H_
