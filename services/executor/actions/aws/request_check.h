// Requests come from a worker process, which is not trusted: only what is a request of the operation that the rules
// allowed is signed.
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_REQUEST_CHECK_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_REQUEST_CHECK_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "services/executor/actions/aws/api_model.h"
#include "services/executor/actions/aws/sigv4.h"

namespace overlock::executor::aws {

// A request as a worker makes it: for a host that it does not know.
struct UnsignedRequest {
  std::string method;
  // Percent-encoded, without the query.
  std::string path;
  // Without the question mark.
  std::string query;
  Headers headers;
  // Belongs to whoever made the request, and outlives it.
  std::string_view body;
};

// INVALID_ARGUMENT (`AWS_REQUEST_BAD`) with a text for the function's author if the request is not one of the
// operation. Leaves only headers that the operation has, and adds those that name it.
absl::Status CheckRequest(const ApiModel& api, const OperationModel& operation, UnsignedRequest& request);

}  // namespace overlock::executor::aws

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_REQUEST_CHECK_H_
