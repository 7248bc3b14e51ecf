// The validation service's gRPC side.
#ifndef OVERLOCK_SERVICES_VALIDATION_VALIDATION_GRPC_H_
#define OVERLOCK_SERVICES_VALIDATION_VALIDATION_GRPC_H_

#include "common/async/event_loops.h"
#include "common/async/task.h"
#include "common/rpc/call_handlers.h"
#include "common/rpc/caller_table.h"
#include "overlock/validation/v1/validation_service.grpc.pb.h"
#include "services/validation/validator.h"

namespace overlock::validation {

// Serves a Validator. Both arguments must outlive the calls.
class ValidationGrpc : public v1::ValidationService::CallbackService {
 public:
  ValidationGrpc(Validator& impl, EventLoops& loops) : impl_(impl), loops_(loops) {}

  static rpc::CallerTable Callers();
  rpc::CallHandlers Handlers();

  grpc::ServerUnaryReactor* Validate(grpc::CallbackServerContext* context, const v1::ValidateRequest* request,
                                     v1::ValidateResponse* response) override;
  grpc::ServerUnaryReactor* CompleteDelivery(grpc::CallbackServerContext* context,
                                             const v1::CompleteDeliveryRequest* request,
                                             v1::CompleteDeliveryResponse* response) override;

 private:
  Task<absl::StatusOr<v1::ValidateResponse>> Run(v1::ValidateRequest request, CallContext call);

  Validator& impl_;
  EventLoops& loops_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_VALIDATION_GRPC_H_
