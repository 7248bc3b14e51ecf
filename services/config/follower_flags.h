// How a service follows its view of the configuration, from the command line.
#ifndef OVERLOCK_SERVICES_CONFIG_FOLLOWER_FLAGS_H_
#define OVERLOCK_SERVICES_CONFIG_FOLLOWER_FLAGS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/app/module.h"
#include "services/config/app_registry.h"
#include "services/config/view_follower.h"

namespace overlock::config {

// Makes the follower of `view` for the service that the view is named for: on the host's first loop, of the registry
// in this process or else of one at --config_target, which `registry` then owns. With --state_dir it starts from the
// last state there, sealed with the key of --seal_key_file; not when config is in this process. Adds the service's
// readiness check and the metric `overlock_<service>_config_revision`. Start it once the service can apply changes,
// stop it in the module's Stop().
//
// FAILED_PRECONDITION (`SEAL_KEY_BAD`, `SEAL_KEY_UNREADABLE`) if there is no key in --seal_key_file. Whatever else
// keeps a service from having a state on disk is logged and said by its readiness check.
absl::StatusOr<std::unique_ptr<ViewFollower>> MakeFollower(app::Host& host, v1::View view, ViewFollower::Apply apply,
                                                           std::unique_ptr<AppRegistry>& registry);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_FOLLOWER_FLAGS_H_
