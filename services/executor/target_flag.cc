#include "services/executor/target_flag.h"

#include "absl/flags/flag.h"

ABSL_FLAG(std::string, executor_target, "127.0.0.1:9005", "host:port of the executor service");
