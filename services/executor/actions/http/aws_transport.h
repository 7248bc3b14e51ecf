// AWS requests over the HTTP client.
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_AWS_TRANSPORT_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_AWS_TRANSPORT_H_

#include <memory>

#include "common/http_client/http_client.h"
#include "services/executor/actions/aws/transport.h"

namespace overlock::executor {

class AwsTransport final : public aws::Transport {
 public:
  explicit AwsTransport(std::shared_ptr<http::HttpClient> client) : client_(std::move(client)) {}
  Task<absl::StatusOr<aws::Response>> Send(aws::SignedRequest request, ServiceCallPtr call) override;

 private:
  const std::shared_ptr<http::HttpClient> client_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_AWS_TRANSPORT_H_
