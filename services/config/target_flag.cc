#include "services/config/target_flag.h"

#include "absl/flags/flag.h"

ABSL_FLAG(std::string, config_target, "127.0.0.1:9001", "Where the config service is, when not in this process.");
