// What an import found, for people.
#ifndef OVERLOCK_SERVICES_OVERLOCK_IMPORT_REPORT_H_
#define OVERLOCK_SERVICES_OVERLOCK_IMPORT_REPORT_H_

#include "overlock/config/v1/config_service.pb.h"

namespace overlock {

// Writes each problem to standard error: `error: services/x/config.json: type: what is wrong`.
void PrintImportProblems(const config::v1::ImportAppResponse& response);

}  // namespace overlock

#endif  // OVERLOCK_SERVICES_OVERLOCK_IMPORT_REPORT_H_
