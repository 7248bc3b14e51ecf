// Where AWS's APIs are.
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_ENDPOINT_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_ENDPOINT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/executor/actions/aws/api_model.h"

namespace overlock::executor::aws {

struct Endpoint {
  // `https` or `http`.
  std::string scheme;
  // With the port where it is not the scheme's own.
  std::string host;
  // The region for signatures.
  std::string region;
};

// The public endpoint of an API in a region. INVALID_ARGUMENT (`AWS_REGION_BAD`) for what cannot be a region.
absl::StatusOr<Endpoint> PublicEndpoint(const ApiModel& api, std::string_view host_prefix, std::string_view region);

// An endpoint that a service's configuration names instead: `http://` or `https://`, host, perhaps a port, nothing
// else. INVALID_ARGUMENT (`AWS_ENDPOINT_BAD`) if it is not one, or the region cannot be one.
absl::StatusOr<Endpoint> ConfiguredEndpoint(std::string_view url, std::string_view region);

// Whether a bucket's name can be the first label of S3's host name (with TLS: no dots).
bool IsHostBucket(std::string_view bucket);

}  // namespace overlock::executor::aws

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_ENDPOINT_H_
