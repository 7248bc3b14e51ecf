#include "services/auth/auth_grpc.h"

#include <string>
#include <utility>

#include "common/rpc/server.h"

namespace overlock::auth {

rpc::CallerTable AuthGrpc::Callers() { return {v1::AuthService::service_full_name(), {{"Authenticate", {"edge"}}}}; }

rpc::CallHandlers AuthGrpc::Handlers() {
  rpc::CallHandlers handlers([this] { return loops_.Next(); });
  handlers.Add<v1::AuthenticateRequest>(
      [this](v1::AuthenticateRequest request, CallContext call) { return Run(std::move(request), std::move(call)); });
  return handlers;
}

Task<absl::StatusOr<v1::AuthenticateResponse>> AuthGrpc::Run(v1::AuthenticateRequest request, CallContext call) {
  Body body(std::move(*request.mutable_body()));
  request.clear_body();
  return impl_.Authenticate(std::move(request), std::move(body), std::move(call));
}

grpc::ServerUnaryReactor* AuthGrpc::Authenticate(grpc::CallbackServerContext* context,
                                                 const v1::AuthenticateRequest* request,
                                                 v1::AuthenticateResponse* response) {
  auto handler = [this, request](CallContext call) { return Run(*request, std::move(call)); };
  return rpc::ServeUnary(loops_.Next(), context, request, response, std::move(handler));
}

}  // namespace overlock::auth
