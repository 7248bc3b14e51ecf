// Where authz is found by the services that call it.
#ifndef OVERLOCK_SERVICES_AUTHZ_TARGET_FLAG_H_
#define OVERLOCK_SERVICES_AUTHZ_TARGET_FLAG_H_

#include <string>

#include "absl/flags/declare.h"

// `host:port`. Read it only in a module.cc, and only when Host::Find<Authorizer>() is null.
ABSL_DECLARE_FLAG(std::string, authz_target);

#endif  // OVERLOCK_SERVICES_AUTHZ_TARGET_FLAG_H_
