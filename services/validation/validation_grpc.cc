#include "services/validation/validation_grpc.h"

#include <string>
#include <utility>

#include "common/rpc/server.h"

namespace overlock::validation {

rpc::CallerTable ValidationGrpc::Callers() {
  return {v1::ValidationService::service_full_name(), {{"Validate", {"edge"}}, {"CompleteDelivery", {"edge"}}}};
}

grpc::ServerUnaryReactor* ValidationGrpc::Validate(grpc::CallbackServerContext* context,
                                                   const v1::ValidateRequest* request, v1::ValidateResponse* response) {
  auto handler = [this, request](CallContext call) {
    v1::ValidateRequest message = *request;
    Body body(std::move(*message.mutable_body()));
    message.clear_body();
    return impl_.Validate(std::move(message), std::move(body), std::move(call));
  };
  return rpc::ServeUnary(loops_.Next(), context, request, response, std::move(handler));
}

grpc::ServerUnaryReactor* ValidationGrpc::CompleteDelivery(grpc::CallbackServerContext* context,
                                                           const v1::CompleteDeliveryRequest* request,
                                                           v1::CompleteDeliveryResponse* response) {
  auto handler = [this, request](CallContext call) { return impl_.CompleteDelivery(*request, std::move(call)); };
  return rpc::ServeUnary(loops_.Next(), context, request, response, std::move(handler));
}

}  // namespace overlock::validation
