// What of an application runs here: the migration report.
#ifndef OVERLOCK_SERVICES_CONFIG_APP_REPORT_H_
#define OVERLOCK_SERVICES_CONFIG_APP_REPORT_H_

#include "google/protobuf/repeated_ptr_field.h"
#include "overlock/config/v1/application.pb.h"
#include "overlock/config/v1/config_service.pb.h"

namespace overlock::config {

// A row for each construct of the configuration and of the functions' sources, by file and place; what simply runs has
// one row for all its uses. `application` has no errors.
google::protobuf::RepeatedPtrField<v1::ReportRow> MakeReport(const v1::Application& application);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APP_REPORT_H_
