// What is known of AWS's APIs where requests are signed: enough to tell the requests of one operation from those of
// another. The table is made from the models of the npm package aws-sdk, from which the worker makes the requests.
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_API_MODEL_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_API_MODEL_H_

#include <string_view>

#include "absl/types/span.h"

namespace overlock::executor::aws {

// How an operation's name stands in its requests.
enum class Protocol {
  // In the header `X-Amz-Target`.
  kJson,
  // In the parameter `Action` of a form (`query` and `ec2`).
  kQuery,
  // As method and path (`rest-json` and `rest-xml`).
  kRest,
};

struct OperationModel {
  // E.g. `PutObject`.
  std::string_view name;
  std::string_view method;
  // With labels and fixed parameters: `/{Bucket}/{Key+}?acl`.
  std::string_view uri;
  // Further parameters of the query that requests may have, with commas between; those that begin with `!` they must
  // have; `*` for any.
  std::string_view query;
  // Headers that requests may have, in lower case, in the same form; those that end in `*` are prefixes.
  std::string_view headers;
  // Comes before the API's host, dot included.
  std::string_view host_prefix;
  // Sent without a signature.
  bool is_unsigned;
  // Needs `Content-MD5`.
  bool content_md5;
};

struct ApiModel {
  // The package's name in the SDK for Go, as functions and rules have it.
  std::string_view name;
  // The host's first part.
  std::string_view endpoint_prefix;
  std::string_view signing_name;
  Protocol protocol;
  // Only with kJson: what stands before the operation in `X-Amz-Target`, and the media type's version.
  std::string_view target_prefix;
  std::string_view json_version;
  // By name.
  absl::Span<const OperationModel> operations;
};

// By name; for ever.
absl::Span<const ApiModel> AllApis();

// Null if there is none.
const ApiModel* FindApi(std::string_view name);
const OperationModel* FindOperation(const ApiModel& api, std::string_view name);

}  // namespace overlock::executor::aws

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_API_MODEL_H_
