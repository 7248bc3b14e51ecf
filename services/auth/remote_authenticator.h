// The auth service in another process.
#ifndef OVERLOCK_SERVICES_AUTH_REMOTE_AUTHENTICATOR_H_
#define OVERLOCK_SERVICES_AUTH_REMOTE_AUTHENTICATOR_H_

#include <memory>

#include "common/rpc/connection.h"
#include "overlock/auth/v1/auth_service.grpc.pb.h"
#include "services/auth/authenticator.h"

namespace overlock::auth {

// Asks the auth service over a channel. Never retries: a script may have had effects.
class RemoteAuthenticator : public Authenticator {
 public:
  explicit RemoteAuthenticator(rpc::Connection connection);

  Task<absl::StatusOr<v1::AuthenticateResponse>> Authenticate(v1::AuthenticateRequest request, Body body,
                                                              CallContext call) override;

 private:
  const std::unique_ptr<v1::AuthService::StubInterface> stub_;
  const std::shared_ptr<rpc::CallStreams> streams_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_REMOTE_AUTHENTICATOR_H_
