#include "services/executor/actions/http/aws_transport.h"

#include <utility>

namespace overlock::executor {

Task<absl::StatusOr<aws::Response>> AwsTransport::Send(aws::SignedRequest request, ServiceCallPtr call) {
  http::ClientRequest sent;
  sent.method = std::move(request.method);
  sent.url = std::move(request.url);
  sent.headers = std::move(request.headers);
  // S3 wants a length even where it is 0.
  sent.has_body = !request.body.empty() || sent.method == "POST" || sent.method == "PUT";
  sent.body = std::move(request.body);
  sent.decompress = false;
  sent.response_bytes_max = request.response_bytes_max;
  sent.group = call->code->app_id();
  CallContext context = call->context;
  absl::StatusOr<http::ClientResponse> response = co_await client_->Send(std::move(sent), std::move(context));
  if (!response.ok()) co_return response.status();
  aws::Response received;
  received.status = response->status;
  received.reason = std::move(response->reason);
  received.headers = std::move(response->headers);
  received.body = std::move(response->body);
  co_return received;
}

}  // namespace overlock::executor
