#include "services/authz/target_flag.h"

#include "absl/flags/flag.h"

ABSL_FLAG(std::string, authz_target, "127.0.0.1:9004", "host:port of the authz service, when not in this process.");
