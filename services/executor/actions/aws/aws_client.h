// Signs requests with a service's key and sends them.
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_AWS_CLIENT_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_AWS_CLIENT_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "common/async/task.h"
#include "services/executor/actions/aws/endpoint.h"
#include "services/executor/actions/aws/request_check.h"
#include "services/executor/actions/aws/transport.h"

namespace overlock::executor::aws {

// The largest object of S3 that functions can send or get (spec section 9.7).
inline constexpr size_t kS3ObjectBytesMax = 4 << 20;

// What a service's configuration says (spec section 1.6).
struct Settings {
  Credentials credentials;
  // Where the call names none; may be empty.
  std::string region;
  // Our own `config.overlock.endpoint`, for servers that speak S3's or another API; empty for AWS itself.
  std::string endpoint;
};

// INVALID_ARGUMENT (`AWS_CONFIG_BAD`) if the key is missing or the configuration is no document.
absl::StatusOr<Settings> ReadSettings(const config::v1::ExecutorView::Service& service);

// A request with where it goes.
struct Target {
  Endpoint endpoint;
  // With the bucket where the endpoint wants it: in the host or in front.
  std::string path;
};

// Thread-safe if its transport is.
class AwsClient {
 public:
  struct Options {
    // Before the second attempt; twice as long before the third.
    absl::Duration retry_delay = absl::Milliseconds(100);
  };

  AwsClient(std::shared_ptr<Transport> transport, const Clock& clock, Options options)
      : transport_(std::move(transport)), clock_(clock), options_(options) {}

  // Makes host and path of a request whose path has an S3 bucket, if any, as its first segment.
  static absl::StatusOr<Target> Locate(const Settings& settings, const ApiModel& api, const OperationModel& operation,
                                       std::string_view region, std::string_view path);

  // Signs and sends a checked request, whose body must live until then. Tries up to three times while AWS is busy (429,
  // 500, 502, 503, 504) and the call's deadline allows.
  Task<absl::StatusOr<Response>> Send(Settings settings, const ApiModel* api, const OperationModel* operation,
                                      std::string region, UnsignedRequest request, ServiceCallPtr call) const;

  // A URL of S3 that anybody may use until it expires.
  absl::StatusOr<std::string> Presign(const Settings& settings, const OperationModel& operation,
                                      std::string_view region, std::string_view bucket, std::string_view key,
                                      absl::Duration expires) const;

  absl::Time Now() const { return clock_.Now(); }

 private:
  std::shared_ptr<Transport> transport_;
  const Clock& clock_;
  Options options_;
};

// As the SDK for Go does: no slash in front of a key, none double.
std::string CleanKey(std::string_view key);

// An error of this package for the function: code `AWSError`, or `RestrictedHost`.
ServiceFailure FailureOf(const absl::Status& status);

}  // namespace overlock::executor::aws

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_AWS_CLIENT_H_
