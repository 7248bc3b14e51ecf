#include "services/validation/target_flag.h"

#include "absl/flags/flag.h"

ABSL_FLAG(std::string, validation_target, "127.0.0.1:9002",
          "host:port of the validation service, when not in this process.");
