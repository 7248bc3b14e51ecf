#include "services/executor/service_flags.h"

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/async/clock.h"
#include "common/http_client/http_client.h"
#include "common/status/status.h"
#include "services/executor/actions/aws/aws_service.h"
#include "services/executor/actions/aws/legacy_services.h"
#include "services/executor/actions/http/aws_transport.h"
#include "services/executor/actions/http/http_service.h"
#include "services/executor/actions/http/messaging_services.h"
#include "services/executor/data/data_service.h"

ABSL_FLAG(std::string, executor_http_allow, "",
          "Addresses that functions may connect to although they are not of the public Internet, separated by commas: "
          "10.1.0.0/16, 127.0.0.1:8080, [::1]:9000; or names of hosts that may have any address: minio:9000.");
ABSL_FLAG(std::string, executor_http_ca, "",
          "A PEM file of authorities that outgoing requests trust besides the system's.");
ABSL_FLAG(
    std::string, executor_http_proxy, "",
    "URL of an HTTP proxy for outgoing requests, e.g. http://proxy:3128; empty for none. Functions reach what the "
    "proxy lets them reach: --executor_http_allow does not apply.");
ABSL_FLAG(bool, executor_http_traceparent, false,
          "Tell servers that functions call which trace the request belongs to: headers traceparent and tracestate.");
ABSL_FLAG(int, executor_http_connections, 512, "Outgoing connections of all applications; further requests wait.");
ABSL_FLAG(int, executor_http_connections_per_app, 25,
          "Outgoing requests of one application under way at a time; further ones wait.");
ABSL_FLAG(std::string, executor_twilio_url, "https://api.twilio.com", "Where services of the type twilio send.");
ABSL_FLAG(std::string, executor_gcm_url, "https://fcm.googleapis.com/fcm/send",
          "Where services of the type gcm post messages.");

namespace overlock::executor {
namespace {

absl::Status BadFlag(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG", message);
}

absl::StatusOr<std::string> ReadUrl(std::string_view flag, std::string url) {
  if (!absl::StartsWith(url, "http://") && !absl::StartsWith(url, "https://")) {
    return BadFlag(absl::StrCat("--", flag, ": must begin with http:// or https://"));
  }
  while (absl::EndsWith(url, "/")) url.pop_back();
  return url;
}

absl::StatusOr<std::shared_ptr<http::HttpClient>> MakeHttpClient(boost::asio::any_io_executor loop) {
  http::HttpClientOptions options;
  absl::StatusOr<http::AddressGuard> guard = http::AddressGuard::Parse(absl::GetFlag(FLAGS_executor_http_allow));
  if (!guard.ok()) return BadFlag(absl::StrCat("--executor_http_allow: ", guard.status().message()));
  options.guard = *std::move(guard);
  options.ca_file = absl::GetFlag(FLAGS_executor_http_ca);
  options.send_trace = absl::GetFlag(FLAGS_executor_http_traceparent);
  options.group_requests_max = absl::GetFlag(FLAGS_executor_http_connections_per_app);
  if (options.group_requests_max < 1 || options.group_requests_max > 10'000) {
    return BadFlag("--executor_http_connections_per_app: allowed: 1 to 10000");
  }
  options.connections_max = absl::GetFlag(FLAGS_executor_http_connections);
  if (options.connections_max < 1 || options.connections_max > 100'000) {
    return BadFlag("--executor_http_connections: allowed: 1 to 100000");
  }
  if (options.proxy = absl::GetFlag(FLAGS_executor_http_proxy); !options.proxy.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(options.proxy, ReadUrl("executor_http_proxy", options.proxy));
    if (absl::StrContains(options.proxy, "@")) return BadFlag("--executor_http_proxy: must not hold a password");
  }
  absl::StatusOr<std::unique_ptr<http::HttpClient>> client = http::HttpClient::Make(std::move(loop), options);
  if (!client.ok()) return BadFlag(absl::StrCat("--executor_http_ca: ", client.status().message()));
  return std::shared_ptr<http::HttpClient>(*std::move(client));
}

}  // namespace

absl::StatusOr<std::shared_ptr<ServiceActions>> MakeServiceActions(boost::asio::any_io_executor loop,
                                                                   std::shared_ptr<DataSources> sources,
                                                                   Metrics& metrics) {
  OVERLOCK_ASSIGN_OR_RETURN(std::shared_ptr<http::HttpClient> client, MakeHttpClient(loop));
  OVERLOCK_ASSIGN_OR_RETURN(std::string twilio_url,
                            ReadUrl("executor_twilio_url", absl::GetFlag(FLAGS_executor_twilio_url)));
  OVERLOCK_ASSIGN_OR_RETURN(std::string gcm_url, ReadUrl("executor_gcm_url", absl::GetFlag(FLAGS_executor_gcm_url)));
  auto http_service = std::make_shared<HttpService>(client);
  auto aws_client = std::make_shared<const aws::AwsClient>(std::make_shared<AwsTransport>(client), Clock::Real(),
                                                           aws::AwsClient::Options());
  auto actions = std::make_shared<ServiceActions>();
  actions->Register(ServiceActions::kNetwork, http_service);
  actions->Register("http", http_service);
  actions->Register("twilio", std::make_shared<TwilioService>(client, std::move(twilio_url)));
  actions->Register("gcm", std::make_shared<GcmService>(client, std::move(gcm_url)));
  actions->Register("aws", std::make_shared<aws::AwsService>(aws_client));
  actions->Register("aws-s3", std::make_shared<aws::AwsS3Service>(aws_client));
  actions->Register("aws-ses", std::make_shared<aws::AwsSesService>(aws_client));
  if (sources) {
    auto data = std::make_shared<DataService>(std::move(loop), std::move(sources), metrics);
    for (std::string_view type : {"mongodb", "mongodb-atlas", "datalake"}) actions->Register(type, data);
  }
  return actions;
}

}  // namespace overlock::executor
