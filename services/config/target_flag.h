// Where the config service is.
#ifndef OVERLOCK_SERVICES_CONFIG_TARGET_FLAG_H_
#define OVERLOCK_SERVICES_CONFIG_TARGET_FLAG_H_

#include <string>

#include "absl/flags/declare.h"

// `host:port`, for processes in which the service is not.
ABSL_DECLARE_FLAG(std::string, config_target);

#endif  // OVERLOCK_SERVICES_CONFIG_TARGET_FLAG_H_
