#include "services/executor/actions/http/messaging_services.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"
#include "common/http_client/url.h"
#include "services/executor/actions/http/arguments.h"
#include "services/executor/actions/http/http_service.h"
#include "services/executor/actions/plain_json.h"

namespace overlock::executor {
namespace {

using ejson::Value;

constexpr size_t kAnswerBytesMax = 1 << 20;
constexpr size_t kPushBytesMax = 64 << 10;

std::string SecretOf(const ServiceCall& call, const std::string& name) {
  auto it = call.service->secrets().find(name);
  return it == call.service->secrets().end() ? "" : it->second;
}

std::string ConfigOf(const ServiceCall& call, std::string_view name) {
  absl::StatusOr<Value> config = ejson::Parse(call.service->config_json());
  return config.ok() ? TextAt(*config, name) : "";
}

// The answer as a document; an empty one if it is none.
Value DocumentOf(const std::string& body) {
  absl::StatusOr<Value> value = ejson::Parse(body);
  return value.ok() && value->is(Value::Type::kDocument) ? *std::move(value) : Value::Document({});
}

bool Succeeded(const http::ClientResponse& response) { return response.status >= 200 && response.status <= 299; }

// Stitch's names of a push message's parts, and the protocol's.
struct Field {
  std::string_view ours;
  const char* theirs;
};
constexpr Field kPushFields[] = {
    {"to", "to"},
    {"registrationTokens", "registration_ids"},
    {"registrationIds", "registration_ids"},
    {"condition", "condition"},
    {"collapseKey", "collapse_key"},
    {"priority", "priority"},
    {"contentAvailable", "content_available"},
    {"mutableContent", "mutable_content"},
    {"timeToLive", "time_to_live"},
    {"restrictedPackageName", "restricted_package_name"},
    {"dryRun", "dry_run"},
    {"data", "data"},
    {"notification", "notification"},
};
constexpr Field kNotificationFields[] = {
    {"title", "title"},
    {"body", "body"},
    {"sound", "sound"},
    {"icon", "icon"},
    {"tag", "tag"},
    {"color", "color"},
    {"badge", "badge"},
    {"clickAction", "click_action"},
    {"bodyLocKey", "body_loc_key"},
    {"bodyLocArgs", "body_loc_args"},
    {"titleLocKey", "title_loc_key"},
    {"titleLocArgs", "title_loc_args"},
    {"androidChannelId", "android_channel_id"},
};

template <size_t N>
Value Renamed(const Value& document, const Field (&fields)[N]) {
  std::vector<ejson::Member> members;
  for (const Field& field : fields) {
    const Value* value = document.Find(field.ours);
    if (value == nullptr || value->is(Value::Type::kUndefined)) continue;
    bool is_notification = field.ours == "notification" && value->is(Value::Type::kDocument);
    members.push_back({field.theirs, is_notification ? Renamed(*value, kNotificationFields) : *value});
  }
  return Value::Document(std::move(members));
}

}  // namespace

Task<ServiceOutcome> TwilioService::Call(ServiceCallPtr call) {
  const std::string sid = ConfigOf(*call, "sid");
  const std::string token = SecretOf(*call, "auth_token");
  if (sid.empty() || token.empty()) {
    co_return ServiceFailure{"TwilioError", absl::StrCat("service '", call->service->name(),
                                                         "' needs config.sid and the secret auth_token")};
  }
  http::ClientRequest request;
  for (const auto& [name, field] : {std::pair("to", "To"), std::pair("from", "From"), std::pair("body", "Body")}) {
    std::string text = TextAt(call->argument, name);
    if (text.empty()) co_return ServiceFailure{"TwilioError", absl::StrCat(name, ": is required: a string with text")};
    absl::StrAppend(&request.body, request.body.empty() ? "" : "&", field, "=", http::PercentEncode(text));
  }
  request.method = "POST";
  request.url = absl::StrCat(url_, "/2010-04-01/Accounts/", http::PercentEncode(sid), "/Messages.json");
  request.has_body = true;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  request.username = sid;
  request.password = token;
  request.response_bytes_max = kAnswerBytesMax;
  request.group = call->code->app_id();
  CallContext context = call->context;
  absl::StatusOr<http::ClientResponse> response = co_await client_->Send(std::move(request), std::move(context));
  if (!response.ok()) co_return HttpFailure("TwilioError", response.status());
  Value answer = DocumentOf(response->body);
  if (Succeeded(*response)) co_return ServiceValue{std::move(answer), ""};
  std::string message = TextAt(answer, "message");
  co_return ServiceFailure{"TwilioError",
                           message.empty() ? absl::StrCat("Twilio answered with status ", response->status) : message};
}

Task<ServiceOutcome> GcmService::Call(ServiceCallPtr call) {
  const std::string key = SecretOf(*call, "apiKey");
  if (key.empty()) {
    co_return ServiceFailure{"GCMError", absl::StrCat("service '", call->service->name(), "' needs the secret apiKey")};
  }
  if (call->argument.Find("userIds") != nullptr) {
    co_return ServiceFailure{"GCMError", "userIds: is not known here; name devices by to or registrationTokens"};
  }
  Value message = Renamed(call->argument, kPushFields);
  if (message.Find("to") == nullptr && message.Find("registration_ids") == nullptr &&
      message.Find("condition") == nullptr) {
    co_return ServiceFailure{"GCMError", "to: is required, or registrationTokens, or condition"};
  }
  http::ClientRequest request;
  request.method = "POST";
  request.url = url_;
  request.body = ToPlainJson(message);
  if (request.body.size() > kPushBytesMax) {
    co_return ServiceFailure{"GCMError", absl::StrCat("the message has more than ", kPushBytesMax, " bytes")};
  }
  request.has_body = true;
  request.headers = {{"Content-Type", "application/json"}, {"Authorization", absl::StrCat("key=", key)}};
  request.response_bytes_max = kAnswerBytesMax;
  request.group = call->code->app_id();
  CallContext context = call->context;
  absl::StatusOr<http::ClientResponse> response = co_await client_->Send(std::move(request), std::move(context));
  if (!response.ok()) co_return HttpFailure("GCMError", response.status());
  if (Succeeded(*response)) co_return ServiceValue{DocumentOf(response->body), ""};
  co_return ServiceFailure{"GCMError", absl::StrCat("the push service answered with status ", response->status)};
}

}  // namespace overlock::executor
