// The authz service in another process.
#ifndef OVERLOCK_SERVICES_AUTHZ_REMOTE_AUTHORIZER_H_
#define OVERLOCK_SERVICES_AUTHZ_REMOTE_AUTHORIZER_H_

#include <memory>

#include "common/rpc/connection.h"
#include "overlock/authz/v1/authz_service.grpc.pb.h"
#include "services/authz/authorizer.h"

namespace overlock::authz {

// Asks the authz service over a channel. Never retries: the expression may call functions, and they may have effects.
class RemoteAuthorizer : public Authorizer {
 public:
  explicit RemoteAuthorizer(rpc::Connection connection);

  Task<absl::StatusOr<v1::AuthorizeResponse>> Authorize(v1::AuthorizeRequest request, CallContext call) override;
  Task<absl::StatusOr<v1::ExplainResponse>> Explain(v1::ExplainRequest request, CallContext call) override;

 private:
  const std::unique_ptr<v1::AuthzService::StubInterface> stub_;
  const std::shared_ptr<rpc::CallStreams> streams_;
};

}  // namespace overlock::authz

#endif  // OVERLOCK_SERVICES_AUTHZ_REMOTE_AUTHORIZER_H_
