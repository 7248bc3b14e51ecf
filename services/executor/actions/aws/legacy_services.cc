#include "services/executor/actions/aws/legacy_services.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/ejson/serialize.h"
#include "services/executor/actions/aws/arguments.h"

namespace overlock::executor::aws {
namespace {

constexpr absl::Duration kPolicyLifetime = absl::Hours(1);

ServiceFailure Missing(std::string_view action, std::string_view fields) {
  return {"AWSError", absl::StrCat(action, ": ", fields, ": must be strings with text")};
}

// The text of the first element of that name, of an answer that is XML; empty without one.
std::string ElementText(std::string_view xml, std::string_view name) {
  const std::string open = absl::StrCat("<", name, ">");
  const size_t begin = xml.find(open);
  if (begin == std::string_view::npos) return "";
  const std::string_view rest = xml.substr(begin + open.size());
  return absl::StrReplaceAll(rest.substr(0, rest.find('<')),
                             {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}});
}

std::string HeaderText(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

// An error that AWS answers, as the SDK for Go writes it.
ServiceFailure AnsweredFailure(const Response& response) {
  const std::string code = ElementText(response.body, "Code");
  std::string id = HeaderText(response.headers, "x-amz-request-id");
  if (id.empty()) id = HeaderText(response.headers, "x-amzn-requestid");
  if (id.empty()) id = ElementText(response.body, "RequestId");
  return {"AWSError", absl::StrCat(code.empty() ? "UnknownError" : code, ": ", ElementText(response.body, "Message"),
                                   "\n\tstatus code: ", response.status, ", request id: ", id)};
}

ejson::Value TextValue(std::string text) { return ejson::Value::String(std::move(text)); }

ejson::Value Condition(std::string_view name, std::string value) {
  return ejson::Value::Document({{std::string(name), TextValue(std::move(value))}});
}

std::string EitherText(const ejson::Value& argument, std::string_view first, std::string_view second) {
  std::string text = TextOf(argument, first);
  return text.empty() ? TextOf(argument, second) : text;
}

}  // namespace

std::string_view AwsS3Service::KnownAction(std::string_view action) const {
  if (action == "put") return "put";
  return action == "signPolicy" ? std::string_view("signPolicy") : std::string_view();
}

Task<ServiceOutcome> AwsS3Service::Call(ServiceCallPtr call) {
  absl::StatusOr<Settings> settings = ReadSettings(*call->service);
  if (!settings.ok()) co_return FailureOf(settings.status());
  if (call->action == "signPolicy") co_return SignPolicy(*settings, *call);
  co_return co_await Put(*std::move(settings), call);
}

Task<ServiceOutcome> AwsS3Service::Put(Settings settings, ServiceCallPtr call) const {
  const ApiModel* api = FindApi("s3");
  const OperationModel* operation = FindOperation(*api, "PutObject");
  const std::string bucket = TextOf(call->argument, "bucket");
  const std::string key = CleanKey(TextOf(call->argument, "key"));
  if (bucket.empty() || key.empty()) co_return Missing("put", "bucket and key");
  const std::optional<std::string> body = BytesOf(call->argument, "body");
  if (!body.has_value()) co_return ServiceFailure{"AWSError", "put: body: must be a string or a Binary"};
  UnsignedRequest request{"PUT", absl::StrCat("/", UriEncode(bucket, false), "/", UriEncode(key, true)), "", {}, *body};
  const std::string acl = TextOf(call->argument, "acl");
  if (!acl.empty()) request.headers.emplace_back("x-amz-acl", acl);
  const std::string content_type = TextOf(call->argument, "contentType");
  if (!content_type.empty()) request.headers.emplace_back("Content-Type", content_type);
  const absl::Status checked = CheckRequest(*api, *operation, request);
  if (!checked.ok()) co_return FailureOf(checked);
  const absl::StatusOr<Target> target = AwsClient::Locate(settings, *api, *operation, "", request.path);
  if (!target.ok()) co_return FailureOf(target.status());
  std::string region;  // the service's own
  const absl::StatusOr<Response> response =
      co_await client_->Send(std::move(settings), api, operation, std::move(region), std::move(request), call);
  if (!response.ok()) co_return FailureOf(response.status());
  if (response->status >= 300) co_return AnsweredFailure(*response);
  const Endpoint& endpoint = target->endpoint;
  co_return ServiceValue{
      ejson::Value::Document(
          {{"location", TextValue(absl::StrCat(endpoint.scheme, "://", endpoint.host, target->path))}}),
      ""};
}

ServiceOutcome AwsS3Service::SignPolicy(const Settings& settings, const ServiceCall& call) const {
  const std::string bucket = TextOf(call.argument, "bucket");
  const std::string key = TextOf(call.argument, "key");
  if (bucket.empty() || key.empty()) return Missing("signPolicy", "bucket and key");
  const absl::Time now = client_->Now();
  const SigningScope scope{settings.region, "s3", now};
  const std::string credential = CredentialScope(scope, settings.credentials);
  std::vector<ejson::Value> conditions = {Condition("bucket", bucket), Condition("key", key)};
  const std::string acl = TextOf(call.argument, "acl");
  if (!acl.empty()) conditions.push_back(Condition("acl", acl));
  const std::string content_type = TextOf(call.argument, "contentType");
  if (!content_type.empty()) conditions.push_back(Condition("Content-Type", content_type));
  conditions.push_back(Condition("x-amz-algorithm", std::string(kSigningAlgorithm)));
  conditions.push_back(Condition("x-amz-credential", credential));
  conditions.push_back(Condition("x-amz-date", AmzDate(now)));
  const ejson::Value document = ejson::Value::Document(
      {{"expiration", TextValue(absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now + kPolicyLifetime, absl::UTCTimeZone()))},
       {"conditions", ejson::Value::Array(std::move(conditions))}});
  const std::string policy = absl::Base64Escape(ejson::ToCanonicalJson(document));
  return ServiceValue{ejson::Value::Document({{"policy", TextValue(policy)},
                                              {"signature", TextValue(Sign(policy, scope, settings.credentials))},
                                              {"algorithm", TextValue(std::string(kSigningAlgorithm))},
                                              {"date", TextValue(AmzDate(now))},
                                              {"credential", TextValue(credential)}}),
                      ""};
}

std::string_view AwsSesService::KnownAction(std::string_view action) const {
  return action == "send" ? std::string_view("send") : std::string_view();
}

Task<ServiceOutcome> AwsSesService::Call(ServiceCallPtr call) {
  absl::StatusOr<Settings> settings = ReadSettings(*call->service);
  if (!settings.ok()) co_return FailureOf(settings.status());
  const ApiModel* api = FindApi("ses");
  const OperationModel* operation = FindOperation(*api, "SendEmail");
  const std::string to = EitherText(call->argument, "toAddress", "to");
  const std::string from = EitherText(call->argument, "fromAddress", "from");
  if (to.empty() || from.empty()) co_return Missing("send", "toAddress and fromAddress");
  const auto field = [](std::string_view name, std::string_view value) {
    return absl::StrCat("&", name, "=", UriEncode(value, false));
  };
  const std::string form = absl::StrCat("Action=SendEmail", field("Destination.ToAddresses.member.1", to),
                                        field("Message.Body.Text.Data", TextOf(call->argument, "body")),
                                        field("Message.Subject.Data", TextOf(call->argument, "subject")),
                                        field("Source", from), "&Version=2010-12-01");
  UnsignedRequest request{"POST", "/", "", {}, form};
  const absl::Status checked = CheckRequest(*api, *operation, request);
  if (!checked.ok()) co_return FailureOf(checked);
  std::string region;  // the service's own
  const absl::StatusOr<Response> response =
      co_await client_->Send(*std::move(settings), api, operation, std::move(region), std::move(request), call);
  if (!response.ok()) co_return FailureOf(response.status());
  if (response->status >= 300) co_return AnsweredFailure(*response);
  co_return ServiceValue{ejson::Value::Document({{"messageId", TextValue(ElementText(response->body, "MessageId"))}}),
                         ""};
}

}  // namespace overlock::executor::aws
