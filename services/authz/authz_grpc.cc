#include "services/authz/authz_grpc.h"

#include <utility>

#include "common/rpc/server.h"

namespace overlock::authz {

rpc::CallerTable AuthzGrpc::Callers() {
  return {v1::AuthzService::service_full_name(), {{"Authorize", {"edge"}}, {"Explain", {rpc::kTokenHolder}}}};
}

rpc::CallHandlers AuthzGrpc::Handlers() {
  rpc::CallHandlers handlers([this] { return loops_.Next(); });
  handlers.Add<v1::AuthorizeRequest>([this](v1::AuthorizeRequest request, CallContext call) {
    return impl_.Authorize(std::move(request), std::move(call));
  });
  return handlers;
}

grpc::ServerUnaryReactor* AuthzGrpc::Authorize(grpc::CallbackServerContext* context,
                                               const v1::AuthorizeRequest* request, v1::AuthorizeResponse* response) {
  auto handler = [this, request](CallContext call) { return impl_.Authorize(*request, std::move(call)); };
  return rpc::ServeUnary(loops_.Next(), context, request, response, std::move(handler));
}

grpc::ServerUnaryReactor* AuthzGrpc::Explain(grpc::CallbackServerContext* context, const v1::ExplainRequest* request,
                                             v1::ExplainResponse* response) {
  auto handler = [this, request](CallContext call) { return impl_.Explain(*request, std::move(call)); };
  return rpc::ServeUnary(loops_.Next(), context, request, response, std::move(handler));
}

}  // namespace overlock::authz
