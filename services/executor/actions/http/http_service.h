// Outgoing HTTP: services of the type `http`, `context.http` and `fetch` (spec sections 9.3 and 12).
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_HTTP_SERVICE_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_HTTP_SERVICE_H_

#include <memory>
#include <string_view>

#include "common/http_client/http_client.h"
#include "services/executor/actions/service_type.h"

namespace overlock::executor {

// `get`, `post`, `put`, `patch`, `delete`, `head`: the argument is ReadHttpArgument()'s, the value {status: "200 OK",
// statusCode, contentLength, headers: {Name: [value]}, cookies: {name: value}} with the response's body beside it.
// `fetch`, for calls that concern no service: the argument is ReadFetchArgument()'s, the value {status, statusText,
// url, redirected, headers: [[name, value]]}. Any status is a value. Failures have the code `HTTPError` or
// `RestrictedHost`.
class HttpService final : public ServiceType {
 public:
  explicit HttpService(std::shared_ptr<http::HttpClient> client) : client_(std::move(client)) {}

  std::string_view KnownAction(std::string_view action) const override;
  ejson::Value RuleArguments(const ServiceCall& call) const override;
  Task<ServiceOutcome> Call(ServiceCallPtr call) override;

 private:
  Task<ServiceOutcome> Fetch(ServiceCallPtr call);
  // Gets what `auth` gives, and puts its cookies into the request.
  Task<absl::StatusOr<http::ClientRequest>> Authenticate(http::ClientRequest auth, http::ClientRequest request,
                                                         CallContext context);

  const std::shared_ptr<http::HttpClient> client_;
};

// A client's error for the function; `code` unless the guard refused the address.
ServiceFailure HttpFailure(std::string_view code, const absl::Status& status);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_HTTP_SERVICE_H_
