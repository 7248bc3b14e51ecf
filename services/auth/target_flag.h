// Where auth is found by the services that call it.
#ifndef OVERLOCK_SERVICES_AUTH_TARGET_FLAG_H_
#define OVERLOCK_SERVICES_AUTH_TARGET_FLAG_H_

#include <string>

#include "absl/flags/declare.h"

// `host:port`. Read it only in a module.cc, and only when Host::Find<Authenticator>() is null.
ABSL_DECLARE_FLAG(std::string, auth_target);

#endif  // OVERLOCK_SERVICES_AUTH_TARGET_FLAG_H_
