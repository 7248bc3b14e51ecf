// Services of the old types `aws-s3` and `aws-ses` (spec section 12).
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_LEGACY_SERVICES_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_LEGACY_SERVICES_H_

#include <memory>
#include <string_view>

#include "services/executor/actions/aws/aws_client.h"
#include "services/executor/actions/service_type.h"

namespace overlock::executor::aws {

// `put({bucket, key, acl, contentType, body})` stores an object and gives `{location}`; `signPolicy({bucket, key, acl,
// contentType})` gives `{policy, signature, algorithm, date, credential}`, the fields with which a browser may store
// that object within an hour. Failures have the code `AWSError`, or `RestrictedHost`.
class AwsS3Service final : public ServiceType {
 public:
  explicit AwsS3Service(std::shared_ptr<const AwsClient> client) : client_(std::move(client)) {}

  std::string_view KnownAction(std::string_view action) const override;
  Task<ServiceOutcome> Call(ServiceCallPtr call) override;

 private:
  Task<ServiceOutcome> Put(Settings settings, ServiceCallPtr call) const;
  ServiceOutcome SignPolicy(const Settings& settings, const ServiceCall& call) const;

  std::shared_ptr<const AwsClient> client_;
};

// `send({toAddress, fromAddress, subject, body})`, or `to` and `from`, sends a text and gives `{messageId}`.
class AwsSesService final : public ServiceType {
 public:
  explicit AwsSesService(std::shared_ptr<const AwsClient> client) : client_(std::move(client)) {}

  std::string_view KnownAction(std::string_view action) const override;
  Task<ServiceOutcome> Call(ServiceCallPtr call) override;

 private:
  std::shared_ptr<const AwsClient> client_;
};

}  // namespace overlock::executor::aws

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_LEGACY_SERVICES_H_
