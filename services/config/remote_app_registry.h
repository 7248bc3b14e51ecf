// AppRegistry over gRPC.
#ifndef OVERLOCK_SERVICES_CONFIG_REMOTE_APP_REGISTRY_H_
#define OVERLOCK_SERVICES_CONFIG_REMOTE_APP_REGISTRY_H_

#include <memory>

#include "common/rpc/connection.h"
#include "overlock/config/v1/config_service.grpc.pb.h"
#include "services/config/app_registry.h"

namespace overlock::config {

// Asks a config service in another process. A server that cannot be reached is UNAVAILABLE, at once. Thread-safe.
class RemoteAppRegistry : public AppRegistry {
 public:
  explicit RemoteAppRegistry(const rpc::Connection& connection);

  Task<absl::StatusOr<v1::ImportAppResponse>> ImportApp(v1::ImportAppRequest request, CallContext call) override;
  Task<absl::StatusOr<v1::ListAppsResponse>> ListApps(v1::ListAppsRequest request, CallContext call) override;
  Task<absl::Status> Watch(v1::WatchRequest request, OnWatch on_part, CallContext call) override;

 private:
  const std::unique_ptr<v1::ConfigService::Stub> stub_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_REMOTE_APP_REGISTRY_H_
