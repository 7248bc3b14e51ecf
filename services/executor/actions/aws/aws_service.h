// Services of the type `aws`: any action of an API of AWS (spec section 12).
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_AWS_SERVICE_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_AWS_SERVICE_H_

#include <memory>
#include <string_view>

#include "services/executor/actions/aws/aws_client.h"
#include "services/executor/actions/service_type.h"

namespace overlock::executor::aws {

// Actions are `<api>:<Action>`, named as in the SDK for Go, and `s3:PresignURL`.
//
// The worker makes the request, without host and signature, and reads the answer: the argument is `{region, method,
// path, headers, input}` with the request's body beside it, the value `{statusCode, statusMessage, headers}` with the
// response's body beside it. Rules see `input`. For `s3:PresignURL` the argument is `{region, input: {Bucket, Key,
// Method, ExpirationMS}}` and the value a string. Failures have the code `AWSError`, or `RestrictedHost`; an error
// that AWS answers is a value.
class AwsService final : public ServiceType {
 public:
  explicit AwsService(std::shared_ptr<const AwsClient> client) : client_(std::move(client)) {}

  // The API's name.
  std::string_view KnownAction(std::string_view action) const override;
  ejson::Value RuleArguments(const ServiceCall& call) const override;
  Task<ServiceOutcome> Call(ServiceCallPtr call) override;

 private:
  ServiceOutcome Presign(const ServiceCall& call, const Settings& settings) const;

  std::shared_ptr<const AwsClient> client_;
};

}  // namespace overlock::executor::aws

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_AWS_SERVICE_H_
