// Which applications and webhooks exist?
#ifndef OVERLOCK_SERVICES_CONFIG_APP_REGISTRY_H_
#define OVERLOCK_SERVICES_CONFIG_APP_REGISTRY_H_

#include <functional>

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "overlock/config/v1/config_service.pb.h"

namespace overlock::config {

// Stores the applications and tells watchers of every change. protos/overlock/config/v1/config_service.proto says
// what each method promises and which errors it has; the answer is the same in process and over gRPC. Thread-safe.
class AppRegistry {
 public:
  virtual ~AppRegistry() = default;

  virtual Task<absl::StatusOr<v1::ImportAppResponse>> ImportApp(v1::ImportAppRequest request, CallContext call) = 0;

  virtual Task<absl::StatusOr<v1::ListAppsResponse>> ListApps(v1::ListAppsRequest request, CallContext call) = 0;

  // Called with each part of the watch, in order; the next part waits until it has returned.
  using OnWatch = std::function<Task<absl::Status>(v1::WatchResponse)>;

  // Returns when `on_part` fails, the call is stopped, or the connection is lost; until then it watches.
  virtual Task<absl::Status> Watch(v1::WatchRequest request, OnWatch on_part, CallContext call) = 0;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APP_REGISTRY_H_
