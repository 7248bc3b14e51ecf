#include "services/auth/auth_grpc.h"

#include <string>
#include <utility>

#include "common/rpc/server.h"

namespace overlock::auth {

rpc::CallerTable AuthGrpc::Callers() { return {v1::AuthService::service_full_name(), {{"Authenticate", {"edge"}}}}; }

grpc::ServerUnaryReactor* AuthGrpc::Authenticate(grpc::CallbackServerContext* context,
                                                 const v1::AuthenticateRequest* request,
                                                 v1::AuthenticateResponse* response) {
  auto handler = [this, request](CallContext call) {
    v1::AuthenticateRequest message = *request;
    Body body(std::move(*message.mutable_body()));
    message.clear_body();
    return impl_.Authenticate(std::move(message), std::move(body), std::move(call));
  };
  return rpc::ServeUnary(loops_.Next(), context, request, response, std::move(handler));
}

}  // namespace overlock::auth
