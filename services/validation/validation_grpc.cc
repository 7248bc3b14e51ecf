#include "services/validation/validation_grpc.h"

#include <string>
#include <utility>

#include "common/rpc/server.h"

namespace overlock::validation {

rpc::CallerTable ValidationGrpc::Callers() {
  return {v1::ValidationService::service_full_name(), {{"Validate", {"edge"}}, {"CompleteDelivery", {"edge"}}}};
}

rpc::CallHandlers ValidationGrpc::Handlers() {
  rpc::CallHandlers handlers([this] { return loops_.Next(); });
  handlers.Add<v1::ValidateRequest>(
      [this](v1::ValidateRequest request, CallContext call) { return Run(std::move(request), std::move(call)); });
  handlers.Add<v1::CompleteDeliveryRequest>([this](v1::CompleteDeliveryRequest request, CallContext call) {
    return impl_.CompleteDelivery(std::move(request), std::move(call));
  });
  return handlers;
}

Task<absl::StatusOr<v1::ValidateResponse>> ValidationGrpc::Run(v1::ValidateRequest request, CallContext call) {
  Body body(std::move(*request.mutable_body()));
  request.clear_body();
  return impl_.Validate(std::move(request), std::move(body), std::move(call));
}

grpc::ServerUnaryReactor* ValidationGrpc::Validate(grpc::CallbackServerContext* context,
                                                   const v1::ValidateRequest* request, v1::ValidateResponse* response) {
  auto handler = [this, request](CallContext call) { return Run(*request, std::move(call)); };
  return rpc::ServeUnary(loops_.Next(), context, request, response, std::move(handler));
}

grpc::ServerUnaryReactor* ValidationGrpc::CompleteDelivery(grpc::CallbackServerContext* context,
                                                           const v1::CompleteDeliveryRequest* request,
                                                           v1::CompleteDeliveryResponse* response) {
  auto handler = [this, request](CallContext call) { return impl_.CompleteDelivery(*request, std::move(call)); };
  return rpc::ServeUnary(loops_.Next(), context, request, response, std::move(handler));
}

}  // namespace overlock::validation
