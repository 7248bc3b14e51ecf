// Asks the executor whether sources compile.
#ifndef OVERLOCK_SERVICES_CONFIG_SOURCE_COMPILER_H_
#define OVERLOCK_SERVICES_CONFIG_SOURCE_COMPILER_H_

#include <functional>

#include "services/config/app_catalog.h"
#include "services/executor/function_executor.h"

namespace overlock::config {

// `find` is called for every check, and what it gives must live as long as the checker. The checker's error, when the
// executor cannot say, is UNAVAILABLE (`SOURCES_NOT_CHECKED`).
SourceChecker MakeSourceChecker(std::function<executor::FunctionExecutor&()> find);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_SOURCE_COMPILER_H_
