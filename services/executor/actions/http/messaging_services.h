// Services that send messages: `twilio` and `gcm` (spec section 12).
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_MESSAGING_SERVICES_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_MESSAGING_SERVICES_H_

#include <memory>
#include <string>
#include <string_view>

#include "common/http_client/http_client.h"
#include "services/executor/actions/service_type.h"

namespace overlock::executor {

// `send({to, from, body})`: a text message by Twilio's REST API, version 2010-04-01, with the account of `config.sid`
// and the secret `auth_token`. The value is Twilio's answer; failures have the code `TwilioError`.
class TwilioService final : public ServiceType {
 public:
  // `url` is that of the API, without a slash at its end.
  TwilioService(std::shared_ptr<http::HttpClient> client, std::string url)
      : client_(std::move(client)), url_(std::move(url)) {}

  std::string_view KnownAction(std::string_view action) const override { return action == "send" ? "send" : ""; }
  Task<ServiceOutcome> Call(ServiceCallPtr call) override;

 private:
  const std::shared_ptr<http::HttpClient> client_;
  const std::string url_;
};

// `send({to | registrationTokens | condition, priority, collapseKey, timeToLive, dryRun, data, notification, ...})`: a
// push message by the legacy HTTP protocol of Firebase Cloud Messaging, with the secret `apiKey`. Google has switched
// that protocol off in 2024; a server that still speaks it can be named. Failures have the code `GCMError`.
class GcmService final : public ServiceType {
 public:
  // `url` is where messages are posted to.
  GcmService(std::shared_ptr<http::HttpClient> client, std::string url)
      : client_(std::move(client)), url_(std::move(url)) {}

  std::string_view KnownAction(std::string_view action) const override { return action == "send" ? "send" : ""; }
  Task<ServiceOutcome> Call(ServiceCallPtr call) override;

 private:
  const std::shared_ptr<http::HttpClient> client_;
  const std::string url_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_HTTP_MESSAGING_SERVICES_H_
