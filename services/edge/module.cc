#include "services/edge/module.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/async/event_loops.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/auth/remote_authenticator.h"
#include "services/auth/target_flag.h"
#include "services/authz/remote_authorizer.h"
#include "services/authz/target_flag.h"
#include "services/config/follower_flags.h"
#include "services/config/view_follower.h"
#include "services/edge/listener.h"
#include "services/executor/remote_function_executor.h"
#include "services/executor/target_flag.h"
#include "services/validation/remote_validator.h"
#include "services/validation/target_flag.h"

ABSL_FLAG(std::string, edge_listen, "127.0.0.1:8080",
          "Where webhooks are received over HTTP; port 0 picks a free one.");
ABSL_FLAG(std::string, edge_metrics_listen, "127.0.0.1:9100", "Where the edge serves /metrics, /healthz and /readyz.");
ABSL_FLAG(std::string, edge_public_url, "",
          "How senders reach this edge, e.g. https://hooks.example.com; empty: http and the request's Host header.");
ABSL_FLAG(
    std::vector<std::string>, edge_trusted_proxies, {},
    "Addresses and networks of the proxies before the edge, comma-separated: 10.0.0.0/8,2001:db8::/32. Of a request "
    "that comes through them, the client's address is what they say in X-Forwarded-For.");
ABSL_FLAG(std::string, console_url, "", "What the link in an error's body begins with; empty: no link.");
ABSL_FLAG(int, edge_connections_max, 10'000, "Connections open at the same time; further ones are told 503.");
ABSL_FLAG(
    int, edge_metrics_hooks_max, 200,
    "Webhooks and endpoints that /metrics tells apart, at most 499; what comes beyond them is counted as `other`.");
ABSL_FLAG(absl::Duration, edge_header_timeout, absl::Seconds(10), "How long a request's header may take to arrive.");
ABSL_FLAG(absl::Duration, edge_body_timeout, absl::Seconds(30),
          "How long reading a body or writing an answer may take without progress.");
ABSL_FLAG(absl::Duration, edge_idle_timeout, absl::Seconds(60), "How long a connection may wait for its next request.");

namespace overlock::edge {
namespace {

absl::Status CheckUrl(std::string_view flag, const std::string& url) {
  if (url.empty() || absl::StartsWith(url, "http://") || absl::StartsWith(url, "https://")) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "BAD_URL",
               absl::StrCat(flag, ": must begin with http:// or https://"));
}

absl::StatusOr<EdgeOptions> ReadFlags() {
  EdgeOptions options;
  options.public_url = std::string(absl::StripSuffix(absl::GetFlag(FLAGS_edge_public_url), "/"));
  options.console_url = std::string(absl::StripSuffix(absl::GetFlag(FLAGS_console_url), "/"));
  options.connections_max = absl::GetFlag(FLAGS_edge_connections_max);
  options.metrics_hooks_max = absl::GetFlag(FLAGS_edge_metrics_hooks_max);
  options.header_timeout = absl::GetFlag(FLAGS_edge_header_timeout);
  options.body_timeout = absl::GetFlag(FLAGS_edge_body_timeout);
  options.idle_timeout = absl::GetFlag(FLAGS_edge_idle_timeout);
  OVERLOCK_RETURN_IF_ERROR(CheckUrl("edge_public_url", options.public_url));
  OVERLOCK_RETURN_IF_ERROR(CheckUrl("console_url", options.console_url));
  for (const std::string& network : absl::GetFlag(FLAGS_edge_trusted_proxies)) {
    if (absl::Status status = options.trusted_proxies.Add(network); !status.ok()) {
      return Error(status.code(), ReasonOf(status), absl::StrCat("edge_trusted_proxies: ", status.message()));
    }
  }
  if (options.connections_max <= 0) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_LIMIT", "edge_connections_max: must be positive");
  }
  if (options.metrics_hooks_max < 0 || options.metrics_hooks_max >= kMetricsHooksEnd) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_LIMIT", "edge_metrics_hooks_max: must be from 0 to 499");
  }
  for (absl::Duration timeout : {options.header_timeout, options.body_timeout, options.idle_timeout}) {
    if (timeout <= absl::ZeroDuration() || timeout > absl::Hours(24)) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_LIMIT", "edge_*_timeout: must be positive, at most 24h");
    }
  }
  return options;
}

class EdgeModule : public app::Module {
 public:
  std::string_view name() const override { return "edge"; }
  std::string metrics_address() const override { return absl::GetFlag(FLAGS_edge_metrics_listen); }

  absl::Status Start(app::Host& host) override {
    OVERLOCK_ASSIGN_OR_RETURN(EdgeOptions options, ReadFlags());
    Services services;
    OVERLOCK_ASSIGN_OR_RETURN(services.validator, host.FindOrConnect<validation::RemoteValidator>(
                                                      absl::GetFlag(FLAGS_validation_target), validator_));
    OVERLOCK_ASSIGN_OR_RETURN(services.authenticator, host.FindOrConnect<auth::RemoteAuthenticator>(
                                                          absl::GetFlag(FLAGS_auth_target), authenticator_));
    OVERLOCK_ASSIGN_OR_RETURN(services.authorizer, host.FindOrConnect<authz::RemoteAuthorizer>(
                                                       absl::GetFlag(FLAGS_authz_target), authorizer_));
    OVERLOCK_ASSIGN_OR_RETURN(services.executor, host.FindOrConnect<executor::RemoteFunctionExecutor>(
                                                     absl::GetFlag(FLAGS_executor_target), executor_));
    auto apply = [this](const config::v1::WatchResponse& batch) { router_.Apply(batch); };
    OVERLOCK_ASSIGN_OR_RETURN(follower_, config::MakeFollower(host, config::v1::VIEW_EDGE, apply, registry_));
    auto context = std::make_shared<EdgeContext>(std::move(options), router_, services, host.metrics());
    OVERLOCK_ASSIGN_OR_RETURN(listener_,
                              Listener::Start(host.loops(), std::move(context), absl::GetFlag(FLAGS_edge_listen)));
    address_ = listener_->address();
    follower_->Start();
    log::Info("serves HTTP", {{"address", address_}});
    return absl::OkStatus();
  }

  void Retire() override {
    if (listener_) listener_->Retire();
  }

  void Drain(absl::Time deadline) override {
    if (listener_) listener_->Drain(deadline);
  }

  void Stop() override {
    listener_.reset();
    if (follower_) follower_->Stop();
  }

  std::string ready_line() const override { return absl::StrCat("ready http://", address_); }

 private:
  std::unique_ptr<config::AppRegistry> registry_;
  std::unique_ptr<validation::Validator> validator_;
  std::unique_ptr<auth::Authenticator> authenticator_;
  std::unique_ptr<authz::Authorizer> authorizer_;
  std::unique_ptr<executor::FunctionExecutor> executor_;
  Router router_;
  std::unique_ptr<config::ViewFollower> follower_;
  std::unique_ptr<Listener> listener_;
  std::string address_;
};

}  // namespace

std::unique_ptr<app::Module> MakeModule() { return std::make_unique<EdgeModule>(); }

}  // namespace overlock::edge
