#include "services/config/config_grpc.h"

#include <utility>

#include "common/rpc/server.h"

namespace overlock::config {

// Of those that may watch, each gets its own view alone: CheckService().
rpc::CallerTable ConfigGrpc::Callers() {
  return {v1::ConfigService::service_full_name(),
          {{"Watch", {"edge", "validation", "auth", "authz", "executor"}},
           {"ImportApp", {rpc::kTokenHolder}},
           {"ListApps", {rpc::kTokenHolder}}}};
}

grpc::ServerUnaryReactor* ConfigGrpc::ImportApp(grpc::CallbackServerContext* context,
                                                const v1::ImportAppRequest* request, v1::ImportAppResponse* response) {
  return rpc::ServeUnary(loops_.Next(), context, request, response,
                         [this, request](CallContext call) { return registry_.ImportApp(*request, std::move(call)); });
}

grpc::ServerUnaryReactor* ConfigGrpc::ListApps(grpc::CallbackServerContext* context, const v1::ListAppsRequest* request,
                                               v1::ListAppsResponse* response) {
  return rpc::ServeUnary(loops_.Next(), context, request, response,
                         [this, request](CallContext call) { return registry_.ListApps(*request, std::move(call)); });
}

grpc::ServerWriteReactor<v1::WatchResponse>* ConfigGrpc::Watch(grpc::CallbackServerContext* context,
                                                               const v1::WatchRequest* request) {
  return rpc::ServeServerStream<v1::WatchResponse>(
      loops_.Next(), context,
      // A copy: gRPC promises the request only until this function has returned.
      [this, request = *request](rpc::StreamWriter<v1::WatchResponse>& writer, CallContext call) {
        auto write = [&writer](v1::WatchResponse part) { return writer.Write(std::move(part)); };
        return registry_.Watch(request, write, std::move(call));
      });
}

}  // namespace overlock::config
