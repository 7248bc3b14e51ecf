#include "services/authz/remote_authorizer.h"

#include <utility>

#include "common/rpc/client.h"

namespace overlock::authz {

RemoteAuthorizer::RemoteAuthorizer(rpc::Connection connection)
    : stub_(v1::AuthzService::NewStub(std::move(connection.channel))), streams_(std::move(connection.streams)) {}

Task<absl::StatusOr<v1::AuthorizeResponse>> RemoteAuthorizer::Authorize(v1::AuthorizeRequest request,
                                                                        CallContext call) {
  auto start = [this](auto* context, auto* message, auto* response, auto done) {
    stub_->async()->Authorize(context, message, response, std::move(done));
  };
  co_return co_await rpc::CallUnary<v1::AuthorizeResponse>(streams_, std::move(call), std::move(request),
                                                           std::move(start));
}

Task<absl::StatusOr<v1::ExplainResponse>> RemoteAuthorizer::Explain(v1::ExplainRequest request, CallContext call) {
  auto start = [this](auto* context, auto* message, auto* response, auto done) {
    stub_->async()->Explain(context, message, response, std::move(done));
  };
  co_return co_await rpc::CallUnary<v1::ExplainResponse>(streams_, std::move(call), std::move(request),
                                                         std::move(start));
}

}  // namespace overlock::authz
