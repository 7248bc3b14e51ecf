// The auth service's gRPC side.
#ifndef OVERLOCK_SERVICES_AUTH_AUTH_GRPC_H_
#define OVERLOCK_SERVICES_AUTH_AUTH_GRPC_H_

#include "common/async/event_loops.h"
#include "common/async/task.h"
#include "common/rpc/call_handlers.h"
#include "common/rpc/caller_table.h"
#include "overlock/auth/v1/auth_service.grpc.pb.h"
#include "services/auth/authenticator.h"

namespace overlock::auth {

// Serves an Authenticator. Both arguments must outlive the calls.
class AuthGrpc : public v1::AuthService::CallbackService {
 public:
  AuthGrpc(Authenticator& impl, EventLoops& loops) : impl_(impl), loops_(loops) {}

  static rpc::CallerTable Callers();
  rpc::CallHandlers Handlers();

  grpc::ServerUnaryReactor* Authenticate(grpc::CallbackServerContext* context, const v1::AuthenticateRequest* request,
                                         v1::AuthenticateResponse* response) override;

 private:
  Task<absl::StatusOr<v1::AuthenticateResponse>> Run(v1::AuthenticateRequest request, CallContext call);

  Authenticator& impl_;
  EventLoops& loops_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_AUTH_GRPC_H_
