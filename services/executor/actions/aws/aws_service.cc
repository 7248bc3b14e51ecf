#include "services/executor/actions/aws/aws_service.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/executor/actions/aws/arguments.h"
#include "services/executor/actions/aws/text.h"

namespace overlock::executor::aws {
namespace {

constexpr std::string_view kPresign = "s3:PresignURL";
// As long as signatures can hold.
constexpr double kExpirationMsMax = 7 * 24 * 3600 * 1000.0;
constexpr double kExpirationMsDefault = 15 * 60 * 1000.0;

struct Action {
  const ApiModel* api = nullptr;
  // Null if there is no such action.
  const OperationModel* operation = nullptr;
};

Action FindAction(std::string_view name) {
  const std::pair<std::string_view, std::string_view> parts = SplitOnce(name, ':');
  const ApiModel* api = FindApi(parts.first);
  if (api == nullptr) return {};
  return {api, FindOperation(*api, parts.second)};
}

ServiceFailure BadArgument(std::string_view text) { return {"AWSError", std::string(text)}; }

UnsignedRequest ReadRequest(const ServiceCall& call) {
  UnsignedRequest request;
  request.method = TextOf(call.argument, "method");
  const std::string target = TextOf(call.argument, "path");
  std::pair<std::string, std::string> parts(SplitOnce(target, '?'));
  request.path = std::move(parts.first);
  request.query = std::move(parts.second);
  const ejson::Value* headers = call.argument.Find("headers");
  if (headers != nullptr && headers->is(ejson::Value::Type::kDocument)) {
    for (const ejson::Member& header : headers->members()) {
      if (header.value.is(ejson::Value::Type::kString)) {
        request.headers.emplace_back(header.key, header.value.as_string());
      }
    }
  }
  request.body = call.body;
  return request;
}

// Headers may hold any byte, values only UTF-8: other bytes become Latin-1's characters.
std::string ToUtf8(const std::string& text) {
  if (ejson::IsUtf8(text)) return text;
  std::string utf8;
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8.push_back(c);
    } else {
      utf8.push_back(static_cast<char>(0xc0 | (byte >> 6)));
      utf8.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
  return utf8;
}

ServiceValue ValueOf(Response response) {
  std::map<std::string, std::string> joined;
  for (const auto& [name, value] : response.headers) {
    const auto [entry, is_new] = joined.try_emplace(absl::AsciiStrToLower(name), value);
    if (!is_new) absl::StrAppend(&entry->second, ", ", value);
  }
  std::vector<ejson::Member> headers;
  for (const auto& [name, value] : joined) headers.push_back({ToUtf8(name), ejson::Value::String(ToUtf8(value))});
  return {ejson::Value::Document({{"statusCode", ejson::Value::Int32(response.status)},
                                  {"statusMessage", ejson::Value::String(ToUtf8(response.reason))},
                                  {"headers", ejson::Value::Document(std::move(headers))}}),
          std::move(response.body)};
}

}  // namespace

std::string_view AwsService::KnownAction(std::string_view action) const {
  if (action == kPresign) return "s3";
  const Action found = FindAction(action);
  return found.operation == nullptr ? std::string_view() : found.api->name;
}

ejson::Value AwsService::RuleArguments(const ServiceCall& call) const {
  const ejson::Value* input = call.argument.Find("input");
  return input != nullptr && input->is(ejson::Value::Type::kDocument) ? *input : ejson::Value::Document({});
}

Task<ServiceOutcome> AwsService::Call(ServiceCallPtr call) {
  absl::StatusOr<Settings> settings = ReadSettings(*call->service);
  if (!settings.ok()) co_return FailureOf(settings.status());
  if (call->action == kPresign) co_return Presign(*call, *settings);
  const Action action = FindAction(call->action);
  UnsignedRequest request = ReadRequest(*call);
  const absl::Status checked = CheckRequest(*action.api, *action.operation, request);
  if (!checked.ok()) co_return FailureOf(checked);
  std::string region = TextOf(call->argument, "region");
  absl::StatusOr<Response> response = co_await client_->Send(*std::move(settings), action.api, action.operation,
                                                             std::move(region), std::move(request), call);
  if (!response.ok()) co_return FailureOf(response.status());
  co_return ValueOf(*std::move(response));
}

ServiceOutcome AwsService::Presign(const ServiceCall& call, const Settings& settings) const {
  static constexpr std::pair<std::string_view, std::string_view> kOperations[] = {{"", "GetObject"},
                                                                                  {"GET", "GetObject"},
                                                                                  {"PUT", "PutObject"},
                                                                                  {"HEAD", "HeadObject"},
                                                                                  {"DELETE", "DeleteObject"}};
  const ejson::Value input = RuleArguments(call);
  const std::string method = absl::AsciiStrToUpper(TextOf(input, "Method"));
  const auto* const operation = std::find_if(std::begin(kOperations), std::end(kOperations),
                                             [&](const auto& one) { return one.first == method; });
  if (operation == std::end(kOperations)) {
    return BadArgument("PresignURL: Method: unknown, allowed: GET, PUT, HEAD, DELETE");
  }
  const std::string bucket = TextOf(input, "Bucket");
  const std::string key = TextOf(input, "Key");
  if (bucket.empty() || key.empty()) return BadArgument("PresignURL: Bucket and Key: must be strings with text");
  const double milliseconds = NumberOf(input, "ExpirationMS").value_or(kExpirationMsDefault);
  if (!(milliseconds >= 1 && milliseconds <= kExpirationMsMax)) {
    return BadArgument("PresignURL: ExpirationMS: out of range, allowed: 1 to 604800000 (7 days)");
  }
  const absl::Duration expires = absl::Ceil(absl::Milliseconds(milliseconds), absl::Seconds(1));
  const absl::StatusOr<std::string> url = client_->Presign(settings, *FindOperation(*FindApi("s3"), operation->second),
                                                           TextOf(call.argument, "region"), bucket, key, expires);
  if (!url.ok()) return FailureOf(url.status());
  return ServiceValue{ejson::Value::String(*url), ""};
}

}  // namespace overlock::executor::aws
