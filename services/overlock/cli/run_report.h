// What a run printed in the Stitch editor's console (spec section 14).
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_RUN_REPORT_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_RUN_REPORT_H_

#include "absl/time/time.h"
#include "overlock/executor/v1/executor_service.pb.h"

namespace overlock::cli {

// Prints to standard output: when it ran, how long it took, its console lines, then its result as Extended JSON and as
// JavaScript, the response that it made, or its error.
void PrintRun(const executor::v1::ExecuteResponse& response, absl::Time ran_on);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_RUN_REPORT_H_
