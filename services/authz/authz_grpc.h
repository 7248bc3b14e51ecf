// The authz service's gRPC side.
#ifndef OVERLOCK_SERVICES_AUTHZ_AUTHZ_GRPC_H_
#define OVERLOCK_SERVICES_AUTHZ_AUTHZ_GRPC_H_

#include "common/async/event_loops.h"
#include "common/rpc/call_handlers.h"
#include "common/rpc/caller_table.h"
#include "overlock/authz/v1/authz_service.grpc.pb.h"
#include "services/authz/authorizer.h"

namespace overlock::authz {

// Serves an Authorizer. Both arguments must outlive the calls.
class AuthzGrpc : public v1::AuthzService::CallbackService {
 public:
  AuthzGrpc(Authorizer& impl, EventLoops& loops) : impl_(impl), loops_(loops) {}

  static rpc::CallerTable Callers();
  rpc::CallHandlers Handlers();

  grpc::ServerUnaryReactor* Authorize(grpc::CallbackServerContext* context, const v1::AuthorizeRequest* request,
                                      v1::AuthorizeResponse* response) override;
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context, const v1::ExplainRequest* request,
                                    v1::ExplainResponse* response) override;

 private:
  Authorizer& impl_;
  EventLoops& loops_;
};

}  // namespace overlock::authz

#endif  // OVERLOCK_SERVICES_AUTHZ_AUTHZ_GRPC_H_
