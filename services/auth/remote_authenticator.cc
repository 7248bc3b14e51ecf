#include "services/auth/remote_authenticator.h"

#include <utility>

#include "common/rpc/client.h"

namespace overlock::auth {

RemoteAuthenticator::RemoteAuthenticator(rpc::Connection connection)
    : stub_(v1::AuthService::NewStub(std::move(connection.channel))), streams_(std::move(connection.streams)) {}

Task<absl::StatusOr<v1::AuthenticateResponse>> RemoteAuthenticator::Authenticate(v1::AuthenticateRequest request,
                                                                                 Body body, CallContext call) {
  request.mutable_body()->assign(body.view());
  auto start = [this](auto* context, auto* message, auto* response, auto done) {
    stub_->async()->Authenticate(context, message, response, std::move(done));
  };
  co_return co_await rpc::CallUnary<v1::AuthenticateResponse>(streams_, std::move(call), std::move(request),
                                                              std::move(start));
}

}  // namespace overlock::auth
