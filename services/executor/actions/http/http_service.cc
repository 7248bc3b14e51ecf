#include "services/executor/actions/http/http_service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/executor/actions/http/arguments.h"

namespace overlock::executor {
namespace {

using ejson::Member;
using ejson::Value;

constexpr std::string_view kActions[] = {"get", "post", "put", "patch", "delete", "head", "fetch"};

// As Go writes header names, in which Stitch was made.
std::string Canonical(std::string_view name) {
  std::string result(name);
  bool start = true;
  for (char& c : result) {
    c = start ? absl::ascii_toupper(static_cast<unsigned char>(c)) : absl::ascii_tolower(static_cast<unsigned char>(c));
    start = c == '-';
  }
  return result;
}

// Header values are bytes; those that are no UTF-8 are read as Latin-1.
Value TextValue(const std::string& bytes) {
  if (ejson::IsUtf8(bytes)) return Value::String(bytes);
  std::string text;
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += {static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))};
    }
  }
  return Value::String(std::move(text));
}

// {Name: [value, ...]} in the order in which the names came first.
Value HeaderDocument(const http::ClientResponse& response) {
  std::vector<std::pair<std::string, std::vector<Value>>> headers;
  for (const auto& [raw_name, value] : response.headers) {
    std::string name = Canonical(raw_name);
    auto it = std::find_if(headers.begin(), headers.end(), [&](const auto& header) { return header.first == name; });
    if (it == headers.end()) it = headers.insert(headers.end(), {name, {}});
    it->second.push_back(TextValue(value));
  }
  std::vector<Member> members;
  for (auto& [name, values] : headers) members.push_back({name, Value::Array(std::move(values))});
  return Value::Document(std::move(members));
}

// Names and values, the last of each name.
std::vector<std::pair<std::string, std::string>> CookiesOf(const http::ClientResponse& response) {
  std::vector<std::pair<std::string, std::string>> cookies;
  for (const auto& [name, value] : response.headers) {
    if (!absl::EqualsIgnoreCase(name, "set-cookie")) continue;
    std::string pair = value.substr(0, value.find(';'));
    size_t equals = pair.find('=');
    if (equals == pair.npos) continue;
    std::string key(absl::StripAsciiWhitespace(pair.substr(0, equals)));
    if (key.empty() || !ejson::IsUtf8(key)) continue;
    std::erase_if(cookies, [&](const auto& cookie) { return cookie.first == key; });
    cookies.emplace_back(std::move(key), std::string(absl::StripAsciiWhitespace(pair.substr(equals + 1))));
  }
  return cookies;
}

Value CookieDocument(const http::ClientResponse& response) {
  std::vector<Member> members;
  for (auto& [name, value] : CookiesOf(response)) members.push_back({name, TextValue(value)});
  return Value::Document(std::move(members));
}

ServiceValue ActionValue(http::ClientResponse response) {
  auto length = static_cast<int64_t>(response.body.size());
  ServiceValue result;
  result.value = Value::Document(
      {{"status", TextValue(absl::StrCat(response.status, response.reason.empty() ? "" : " ", response.reason))},
       {"statusCode", Value::Int32(response.status)},
       {"contentLength", Value::Int64(length)},
       {"headers", HeaderDocument(response)},
       {"cookies", CookieDocument(response)}});
  result.body = std::move(response.body);
  return result;
}

ServiceValue FetchValue(http::ClientResponse response) {
  std::vector<Value> headers;
  for (const auto& [name, value] : response.headers) {
    headers.push_back(Value::Array({Value::String(name), TextValue(value)}));
  }
  ServiceValue result;
  result.value = Value::Document({{"status", Value::Int32(response.status)},
                                  {"statusText", TextValue(response.reason)},
                                  {"url", TextValue(response.url)},
                                  {"redirected", Value::Bool(response.redirects > 0)},
                                  {"headers", Value::Array(std::move(headers))}});
  result.body = std::move(response.body);
  return result;
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

ServiceFailure HttpFailure(std::string_view code, const absl::Status& status) {
  if (ReasonOf(status) == "RESTRICTED_HOST") return {"RestrictedHost", std::string(status.message())};
  return {std::string(code), std::string(status.message())};
}

std::string_view HttpService::KnownAction(std::string_view action) const {
  const auto* known = std::find(std::begin(kActions), std::end(kActions), action);
  return known == std::end(kActions) ? "" : *known;
}

Value HttpService::RuleArguments(const ServiceCall& call) const { return HttpRuleArguments(call); }

Task<absl::StatusOr<http::ClientRequest>> HttpService::Authenticate(http::ClientRequest auth,
                                                                    http::ClientRequest request, CallContext context) {
  absl::StatusOr<http::ClientResponse> response = co_await client_->Send(std::move(auth), std::move(context));
  if (!response.ok()) {
    co_return Error(response.status().code(), ReasonOf(response.status()),
                    absl::StrCat("authUrl: ", response.status().message()));
  }
  if (response->status >= 400) {
    co_return Error(absl::StatusCode::kUnavailable, "HTTP_FAILED",
                    absl::StrCat("authUrl: answered with status ", response->status));
  }
  for (const auto& [name, value] : CookiesOf(*response)) AddCookie(name, value, request);
  co_return request;
}

Task<ServiceOutcome> HttpService::Call(ServiceCallPtr call) {
  if (call->action == "fetch") co_return co_await Fetch(std::move(call));
  absl::StatusOr<http::ClientRequest> request = ReadHttpArgument(*call);
  if (!request.ok()) co_return HttpFailure("HTTPError", request.status());
  request->group = call->code->app_id();
  CallContext context = call->context;
  if (std::optional<http::ClientRequest> auth = ReadAuthRequest(*call, *request)) {
    auth->group = request->group;
    request = co_await Authenticate(*std::move(auth), *std::move(request), context);
    if (!request.ok()) co_return HttpFailure("HTTPError", request.status());
  }
  absl::StatusOr<http::ClientResponse> response = co_await client_->Send(*std::move(request), std::move(context));
  if (!response.ok()) co_return HttpFailure("HTTPError", response.status());
  co_return ActionValue(*std::move(response));
}

Task<ServiceOutcome> HttpService::Fetch(ServiceCallPtr call) {
  // Only the network itself has it: no rule could name it.
  if (call->service != nullptr) {
    co_return ServiceFailure{"ServiceCommandNotFound",
                             "service commands of type http: get, post, put, patch, delete, head"};
  }
  absl::StatusOr<http::ClientRequest> request = ReadFetchArgument(*call);
  if (!request.ok()) co_return HttpFailure("HTTPError", request.status());
  request->group = call->code->app_id();
  CallContext context = call->context;
  absl::StatusOr<http::ClientResponse> response = co_await client_->Send(*std::move(request), std::move(context));
  if (!response.ok()) co_return HttpFailure("HTTPError", response.status());
  if (TextAt(call->argument, "redirect") == "error" && IsRedirect(response->status)) {
    co_return ServiceFailure{"HTTPError", "unexpected redirect"};
  }
  co_return FetchValue(*std::move(response));
}

}  // namespace overlock::executor
