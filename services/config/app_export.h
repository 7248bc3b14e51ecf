// An application as files again.
#ifndef OVERLOCK_SERVICES_CONFIG_APP_EXPORT_H_
#define OVERLOCK_SERVICES_CONFIG_APP_EXPORT_H_

#include "absl/status/statusor.h"
#include "overlock/config/v1/admin_service.pb.h"
#include "overlock/config/v1/application.pb.h"

namespace overlock::config {

// What ExportApp answers, without the revision. FAILED_PRECONDITION (`EXPORT_TOO_LARGE`) if it does not go into a
// message.
absl::StatusOr<v1::ExportAppResponse> ExportApplication(const v1::Application& application,
                                                        const v1::ExportAppRequest& request, bool with_secrets);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APP_EXPORT_H_
