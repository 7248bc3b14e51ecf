#include "services/auth/target_flag.h"

#include "absl/flags/flag.h"

ABSL_FLAG(std::string, auth_target, "127.0.0.1:9003", "host:port of the auth service, when not in this process.");
