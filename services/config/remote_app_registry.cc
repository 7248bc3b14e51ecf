#include "services/config/remote_app_registry.h"

#include <utility>

#include "common/rpc/client.h"

namespace overlock::config {

RemoteAppRegistry::RemoteAppRegistry(const rpc::Connection& connection)
    : stub_(v1::ConfigService::NewStub(connection.channel)) {}

Task<absl::StatusOr<v1::ImportAppResponse>> RemoteAppRegistry::ImportApp(v1::ImportAppRequest request,
                                                                         CallContext call) {
  auto start = [this](auto* context, auto* request, auto* response, auto done) {
    stub_->async()->ImportApp(context, request, response, std::move(done));
  };
  co_return co_await rpc::CallUnary<v1::ImportAppResponse>(std::move(call), std::move(request), start);
}

Task<absl::StatusOr<v1::ListAppsResponse>> RemoteAppRegistry::ListApps(v1::ListAppsRequest request, CallContext call) {
  auto start = [this](auto* context, auto* request, auto* response, auto done) {
    stub_->async()->ListApps(context, request, response, std::move(done));
  };
  co_return co_await rpc::CallUnary<v1::ListAppsResponse>(std::move(call), std::move(request), start);
}

Task<absl::Status> RemoteAppRegistry::Watch(v1::WatchRequest request, OnWatch on_part, CallContext call) {
  auto start = [this](auto* context, auto* request, auto* reactor) {
    stub_->async()->Watch(context, request, reactor);
  };
  co_return co_await rpc::CallServerStream<v1::WatchResponse>(std::move(call), std::move(request), start,
                                                              std::move(on_part));
}

}  // namespace overlock::config
