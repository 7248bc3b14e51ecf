#include "services/validation/remote_validator.h"

#include <utility>

#include "common/rpc/client.h"

namespace overlock::validation {

RemoteValidator::RemoteValidator(rpc::Connection connection)
    : stub_(v1::ValidationService::NewStub(std::move(connection.channel))), streams_(std::move(connection.streams)) {}

Task<absl::StatusOr<v1::ValidateResponse>> RemoteValidator::Validate(v1::ValidateRequest request, Body body,
                                                                     CallContext call) {
  request.mutable_body()->assign(body.view());
  auto start = [this](auto* context, auto* message, auto* response, auto done) {
    stub_->async()->Validate(context, message, response, std::move(done));
  };
  co_return co_await rpc::CallUnary<v1::ValidateResponse>(streams_, std::move(call), std::move(request),
                                                          std::move(start));
}

Task<absl::StatusOr<v1::CompleteDeliveryResponse>> RemoteValidator::CompleteDelivery(
    v1::CompleteDeliveryRequest request, CallContext call) {
  auto start = [this](auto* context, auto* message, auto* response, auto done) {
    stub_->async()->CompleteDelivery(context, message, response, std::move(done));
  };
  co_return co_await rpc::CallUnary<v1::CompleteDeliveryResponse>(streams_, std::move(call), std::move(request),
                                                                  std::move(start));
}

}  // namespace overlock::validation
