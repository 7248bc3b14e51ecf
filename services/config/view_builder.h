// What each service gets to see of an application.
#ifndef OVERLOCK_SERVICES_CONFIG_VIEW_BUILDER_H_
#define OVERLOCK_SERVICES_CONFIG_VIEW_BUILDER_H_

#include <cstdint>

#include "overlock/config/v1/config_service.pb.h"

namespace overlock::config {

// The application as `view` shows it; `view` is not VIEW_UNSPECIFIED. Webhooks and endpoints are in the order of the
// application; an endpoint whose function is not there is left out, and so is the second of one name: the import should
// have refused both. Values from secrets hold the secret; those whose secret is not set are left out, so that they are
// undefined.
v1::AppView BuildView(v1::View view, const v1::Application& application, int64_t revision);

// The application in a list.
v1::AppSummary BuildSummary(const v1::Application& application, int64_t revision);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_VIEW_BUILDER_H_
