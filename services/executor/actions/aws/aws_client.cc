#include "services/executor/actions/aws/aws_client.h"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"
#include "common/status/status.h"
#include "services/executor/actions/aws/arguments.h"

namespace overlock::executor::aws {
namespace {

constexpr int kAttemptsMax = 3;
constexpr size_t kResponseBytesMax = 18 << 20;
constexpr std::string_view kCustomerKeyHeaders[] = {"x-amz-server-side-encryption-customer-key",
                                                    "x-amz-copy-source-server-side-encryption-customer-key"};

std::string Secret(const config::v1::ExecutorView::Service& service, const std::string& key) {
  const auto found = service.secrets().find(key);
  return found == service.secrets().end() ? "" : found->second;
}

std::string Md5Base64(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  // Where OpenSSL has no MD5 (FIPS) AWS says that the header is missing.
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_md5(), nullptr) != 1) return "";
  return absl::Base64Escape(std::string_view(reinterpret_cast<char*>(digest), size));
}

bool Has(const Headers& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [name](const auto& header) { return absl::EqualsIgnoreCase(header.first, name); });
}

// What AWS wants to know of a body or a key besides.
void AddDigests(const ApiModel& api, const OperationModel& operation, UnsignedRequest& request) {
  if (operation.content_md5) request.headers.emplace_back("Content-MD5", Md5Base64(request.body));
  if (api.name != "s3") return;
  for (const std::string_view name : kCustomerKeyHeaders) {
    const auto key = std::find_if(request.headers.begin(), request.headers.end(),
                                  [name](const auto& header) { return absl::EqualsIgnoreCase(header.first, name); });
    const std::string digest_name = absl::StrCat(name, "-md5");
    std::string bytes;
    if (key == request.headers.end() || Has(request.headers, digest_name)) continue;
    if (absl::Base64Unescape(key->second, &bytes)) request.headers.emplace_back(digest_name, Md5Base64(bytes));
  }
}

void AddDefaults(const ApiModel& api, UnsignedRequest& request) {
  if (!request.body.empty() && !Has(request.headers, "content-type")) {
    request.headers.emplace_back("Content-Type", "binary/octet-stream");
  }
  if (api.name == "glacier") request.headers.emplace_back("x-amz-glacier-version", "2012-06-01");
}

PathForm FormOf(const ApiModel& api) { return api.name == "s3" ? PathForm::kAsSent : PathForm::kNormalised; }

SignedRequest Sign(const Settings& settings, const ApiModel& api, const OperationModel& operation, const Target& target,
                   const UnsignedRequest& request, absl::Time now) {
  SignableRequest signable{request.method, target.path, request.query, request.headers};
  signable.headers.emplace_back("Host", target.endpoint.host);
  if (!operation.is_unsigned) {
    const SigningScope scope{target.endpoint.region, std::string(api.signing_name), now};
    const std::string hash = PayloadHash(request.body);
    signable.headers.emplace_back("X-Amz-Date", AmzDate(now));
    if (api.name == "s3" || api.name == "glacier") signable.headers.emplace_back("X-Amz-Content-Sha256", hash);
    if (!settings.credentials.session_token.empty()) {
      signable.headers.emplace_back("X-Amz-Security-Token", settings.credentials.session_token);
    }
    signable.headers.emplace_back("Authorization",
                                  Authorization(signable, hash, FormOf(api), scope, settings.credentials));
  }
  return {request.method,
          absl::StrCat(target.endpoint.scheme, "://", target.endpoint.host, target.path,
                       request.query.empty() ? "" : "?", request.query),
          std::move(signable.headers), std::string(request.body),
          api.name == "s3" ? kS3ObjectBytesMax : kResponseBytesMax};
}

absl::Status ObjectTooLarge() {
  return Error(absl::StatusCode::kInvalidArgument, "AWS_REQUEST_BAD",
               "Body: too large, allowed: 4 MB for an object of S3");
}

bool IsBusy(int status) { return status == 429 || status == 500 || status == 502 || status == 503 || status == 504; }

Task<void> Wait(absl::Duration delay) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  timer.expires_after(absl::ToChronoNanoseconds(delay));
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace

absl::StatusOr<Settings> ReadSettings(const config::v1::ExecutorView::Service& service) {
  const auto config = ejson::Parse(service.config_json().empty() ? "{}" : service.config_json());
  if (!config.ok() || !config->is(ejson::Value::Type::kDocument)) {
    return Error(absl::StatusCode::kInvalidArgument, "AWS_CONFIG_BAD", "config: must be a document");
  }
  Settings settings;
  settings.credentials = {TextOf(*config, "accessKeyId"), Secret(service, "secretAccessKey"),
                          Secret(service, "sessionToken")};
  if (settings.credentials.access_key_id.empty()) settings.credentials.access_key_id = Secret(service, "accessKeyId");
  settings.region = TextOf(*config, "region");
  if (const ejson::Value* own = config->Find("overlock"); own != nullptr) settings.endpoint = TextOf(*own, "endpoint");
  if (settings.credentials.access_key_id.empty() || settings.credentials.secret_access_key.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "AWS_CONFIG_BAD",
                 "config: the service needs config.accessKeyId, and secret_config.secretAccessKey that names a secret");
  }
  return settings;
}

absl::StatusOr<Target> AwsClient::Locate(const Settings& settings, const ApiModel& api, const OperationModel& operation,
                                         std::string_view region, std::string_view path) {
  Target target;
  target.path = path;
  const std::string_view wanted = region.empty() ? std::string_view(settings.region) : region;
  if (!settings.endpoint.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(target.endpoint, ConfiguredEndpoint(settings.endpoint, wanted));
    return target;
  }
  OVERLOCK_ASSIGN_OR_RETURN(target.endpoint, PublicEndpoint(api, operation.host_prefix, wanted));
  if (api.name != "s3" || !absl::StartsWith(operation.uri, "/{Bucket}")) return target;
  const size_t slash = path.find('/', 1);
  const std::string_view bucket = path.substr(1, slash == std::string_view::npos ? slash : slash - 1);
  if (!IsHostBucket(bucket)) return target;
  target.endpoint.host = absl::StrCat(bucket, ".", target.endpoint.host);
  target.path = slash == std::string_view::npos ? "/" : std::string(path.substr(slash));
  return target;
}

Task<absl::StatusOr<Response>> AwsClient::Send(Settings settings, const ApiModel* api, const OperationModel* operation,
                                               std::string region, UnsignedRequest request, ServiceCallPtr call) const {
  if (api->name == "s3" && request.body.size() > kS3ObjectBytesMax) {
    co_return ObjectTooLarge();
  }
  OVERLOCK_CO_ASSIGN_OR_RETURN(const Target target, Locate(settings, *api, *operation, region, request.path));
  AddDefaults(*api, request);
  AddDigests(*api, *operation, request);
  absl::Duration delay = options_.retry_delay;
  for (int attempt = 1;; ++attempt) {
    SignedRequest signed_request = Sign(settings, *api, *operation, target, request, clock_.Now());
    absl::StatusOr<Response> response = co_await transport_->Send(std::move(signed_request), call);
    if (api->name == "s3" && ReasonOf(response.status()) == "RESPONSE_TOO_LARGE") co_return ObjectTooLarge();
    const bool again = response.ok() && IsBusy(response->status) && attempt < kAttemptsMax &&
                       !call->context.stop.stop_requested() && call->context.TimeLeft() > 2 * delay;
    if (!again) co_return response;
    co_await Wait(delay);
    delay *= 2;
  }
}

absl::StatusOr<std::string> AwsClient::Presign(const Settings& settings, const OperationModel& operation,
                                               std::string_view region, std::string_view bucket, std::string_view key,
                                               absl::Duration expires) const {
  const ApiModel& api = *FindApi("s3");
  const std::string path = absl::StrCat("/", UriEncode(bucket, false), "/", UriEncode(CleanKey(key), true));
  UnsignedRequest request{std::string(operation.method), path, "", {}, ""};
  OVERLOCK_RETURN_IF_ERROR(CheckRequest(api, operation, request));
  OVERLOCK_ASSIGN_OR_RETURN(const Target target, Locate(settings, api, operation, region, path));
  const SignableRequest signable{request.method, target.path, "", {{"Host", target.endpoint.host}}};
  const SigningScope scope{target.endpoint.region, std::string(api.signing_name), clock_.Now()};
  const std::string query =
      PresignedQuery(signable, kUnsignedPayload, PathForm::kAsSent, expires, scope, settings.credentials);
  return absl::StrCat(target.endpoint.scheme, "://", target.endpoint.host, target.path, "?", query);
}

std::string CleanKey(std::string_view key) {
  std::string clean;
  for (const char c : key) {
    if (c != '/' || (!clean.empty() && clean.back() != '/')) clean.push_back(c);
  }
  return clean;
}

ServiceFailure FailureOf(const absl::Status& status) {
  const bool is_restricted = ReasonOf(status) == "RESTRICTED_HOST";
  return {is_restricted ? "RestrictedHost" : "AWSError", std::string(status.message())};
}

}  // namespace overlock::executor::aws
