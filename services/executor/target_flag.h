// Where the executor is found by the services that call it.
#ifndef OVERLOCK_SERVICES_EXECUTOR_TARGET_FLAG_H_
#define OVERLOCK_SERVICES_EXECUTOR_TARGET_FLAG_H_

#include <string>

#include "absl/flags/declare.h"

// `host:port` of the executor service. Read it only in a module.cc, and only when Host::Find<FunctionExecutor>() is
// null.
ABSL_DECLARE_FLAG(std::string, executor_target);

#endif  // OVERLOCK_SERVICES_EXECUTOR_TARGET_FLAG_H_
