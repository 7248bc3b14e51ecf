// How AWS requests reach the network.
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_TRANSPORT_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_TRANSPORT_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "common/async/task.h"
#include "services/executor/actions/aws/sigv4.h"
#include "services/executor/actions/service_type.h"

namespace overlock::executor::aws {

struct SignedRequest {
  std::string method;
  std::string url;
  // All of them; none may be added that is signed.
  Headers headers;
  std::string body;
  // A longer response is an error.
  size_t response_bytes_max = 0;
};

struct Response {
  int status = 0;
  std::string reason;
  // In order, names as they came.
  Headers headers;
  std::string body;
};

// Sends a request as it is: no redirect is followed. On the supervisor's loop.
class Transport {
 public:
  virtual ~Transport() = default;
  // Ends by the call's deadline. An error's reason may be a wire code of spec section 4.2 in UPPER_SNAKE, e.g.
  // `RESTRICTED_HOST`; its message is for the function's author.
  virtual Task<absl::StatusOr<Response>> Send(SignedRequest request, ServiceCallPtr call) = 0;
};

}  // namespace overlock::executor::aws

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_TRANSPORT_H_
