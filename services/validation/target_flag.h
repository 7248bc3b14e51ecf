// Where validation is found by the services that call it.
#ifndef OVERLOCK_SERVICES_VALIDATION_TARGET_FLAG_H_
#define OVERLOCK_SERVICES_VALIDATION_TARGET_FLAG_H_

#include <string>

#include "absl/flags/declare.h"

// `host:port`. Read it only in a module.cc, and only when Host::Find<Validator>() is null.
ABSL_DECLARE_FLAG(std::string, validation_target);

#endif  // OVERLOCK_SERVICES_VALIDATION_TARGET_FLAG_H_
