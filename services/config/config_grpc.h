// AppRegistry served over gRPC.
#ifndef OVERLOCK_SERVICES_CONFIG_CONFIG_GRPC_H_
#define OVERLOCK_SERVICES_CONFIG_CONFIG_GRPC_H_

#include "common/async/event_loops.h"
#include "common/rpc/caller_table.h"
#include "overlock/config/v1/config_service.grpc.pb.h"
#include "services/config/app_registry.h"

namespace overlock::config {

// Unwraps, calls, finishes. Both arguments must outlive it.
class ConfigGrpc : public v1::ConfigService::CallbackService {
 public:
  ConfigGrpc(AppRegistry& registry, EventLoops& loops) : registry_(registry), loops_(loops) {}

  static rpc::CallerTable Callers();

  grpc::ServerUnaryReactor* ImportApp(grpc::CallbackServerContext* context, const v1::ImportAppRequest* request,
                                      v1::ImportAppResponse* response) override;
  grpc::ServerUnaryReactor* ListApps(grpc::CallbackServerContext* context, const v1::ListAppsRequest* request,
                                     v1::ListAppsResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(grpc::CallbackServerContext* context,
                                                     const v1::WatchRequest* request) override;

 private:
  AppRegistry& registry_;
  EventLoops& loops_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_CONFIG_GRPC_H_
