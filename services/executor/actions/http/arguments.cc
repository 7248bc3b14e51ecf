#include "services/executor/actions/http/arguments.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/ejson/serialize.h"
#include "common/http_client/url.h"
#include "common/status/status.h"

namespace overlock::executor {
namespace {

using ejson::Value;
using Type = Value::Type;

// A body that rules see is at most so long.
constexpr size_t kRuleBodyBytesMax = 64 << 10;

absl::Status Bad(std::string_view member, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_REQUEST", absl::StrCat(member, ": ", message));
}

// A value where text is wanted: numbers and truth values are written out.
absl::StatusOr<std::string> TextOf(std::string_view member, const Value& value) {
  switch (value.type()) {
    case Type::kString:
      return value.as_string();
    case Type::kBool:
      return std::string(value.as_bool() ? "true" : "false");
    case Type::kInt32:
      return absl::StrCat(value.as_int32());
    case Type::kInt64:
      return absl::StrCat(value.as_int64());
    case Type::kDouble:
      return absl::StrCat(value.as_double());
    default:
      return Bad(member, absl::StrCat("must be a string, not ", ejson::Describe(value.type())));
  }
}

// Calls `take(name, text)` for every value of {name: [value, ...]}; one value may stand without its array.
template <class Take>
absl::Status ForEachText(const Value& document, std::string_view member, Take take) {
  const Value* map = document.Find(member);
  if (map == nullptr || map->is(Type::kNull) || map->is(Type::kUndefined)) return absl::OkStatus();
  if (!map->is(Type::kDocument)) return Bad(member, "must be an object of arrays of strings");
  for (const ejson::Member& entry : map->members()) {
    std::string where = absl::StrCat(member, ".", entry.key);
    std::vector<Value> values;
    if (entry.value.is(Type::kArray)) {
      values = entry.value.items();
    } else if (!entry.value.is(Type::kNull) && !entry.value.is(Type::kUndefined)) {
      values.push_back(entry.value);
    }
    for (const Value& value : values) {
      OVERLOCK_ASSIGN_OR_RETURN(std::string text, TextOf(where, value));
      take(entry.key, std::move(text));
    }
  }
  return absl::OkStatus();
}

bool IsTrue(const Value& document, std::string_view member) {
  const Value* value = document.Find(member);
  return value != nullptr && value->is(Type::kBool) && value->as_bool();
}

absl::StatusOr<std::string> UrlOf(const Value& argument) {
  if (std::string url = TextAt(argument, "url"); !url.empty()) return url;
  std::string host = TextAt(argument, "host");
  if (host.empty()) return Bad("url", "is required, or host");
  if (host.find_first_of("/?#@\\ ") != std::string::npos) return Bad("host", "must be a host, with or without a port");
  std::string scheme = TextAt(argument, "scheme");
  std::string path = TextAt(argument, "path");
  // A path may be written with or without escapes and its first slash.
  std::string url = absl::StrCat(scheme.empty() ? "http" : scheme, "://", host, absl::StartsWith(path, "/") ? "" : "/",
                                 http::PercentEncode(path, "/%:@!$&'()*+,;="));
  std::string query;
  OVERLOCK_RETURN_IF_ERROR(ForEachText(argument, "query", [&](const std::string& name, const std::string& value) {
    absl::StrAppend(&query, query.empty() ? "?" : "&", http::PercentEncode(name), "=", http::PercentEncode(value));
  }));
  url += query;
  if (std::string fragment = TextAt(argument, "fragment"); !fragment.empty()) {
    absl::StrAppend(&url, "#", http::PercentEncode(fragment));
  }
  return url;
}

bool HasHeader(const http::ClientRequest& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const auto& header) { return absl::EqualsIgnoreCase(header.first, name); });
}

absl::Status ReadCookies(const Value& argument, http::ClientRequest& request) {
  absl::Status bad;
  OVERLOCK_RETURN_IF_ERROR(ForEachText(argument, "cookies", [&](const std::string& name, const std::string& value) {
    if (name.empty() || name.find_first_of("=;, \r\n") != name.npos || value.find_first_of(";\r\n") != value.npos) {
      bad = Bad(absl::StrCat("cookies.", name), "holds a character that a cookie cannot have");
    }
    AddCookie(name, value, request);
  }));
  return bad;
}

Value QueryDocument(const std::string& query) {
  std::vector<ejson::Member> members;
  std::map<std::string, std::vector<Value>> values;
  for (auto& [name, value] : http::ParseQuery(query)) {
    if (!ejson::IsUtf8(name) || !ejson::IsUtf8(value)) continue;
    values[name].push_back(Value::String(value));
  }
  for (auto& [name, items] : values) members.push_back({name, Value::Array(std::move(items))});
  return Value::Document(std::move(members));
}

}  // namespace

std::string TextAt(const Value& document, std::string_view name) {
  const Value* value = document.Find(name);
  return value != nullptr && value->is(Type::kString) ? value->as_string() : "";
}

absl::StatusOr<http::ClientRequest> ReadHttpArgument(const ServiceCall& call) {
  const Value& argument = call.argument;
  http::ClientRequest request;
  request.method = absl::AsciiStrToUpper(call.action);
  OVERLOCK_ASSIGN_OR_RETURN(request.url, UrlOf(argument));
  request.username = TextAt(argument, "username");
  request.password = TextAt(argument, "password");
  request.digest = IsTrue(argument, "digestAuth");
  request.follow_redirects = IsTrue(argument, "followRedirects");
  OVERLOCK_RETURN_IF_ERROR(ForEachText(argument, "headers", [&](const std::string& name, std::string value) {
    request.headers.emplace_back(name, std::move(value));
  }));
  OVERLOCK_RETURN_IF_ERROR(ReadCookies(argument, request));
  OVERLOCK_RETURN_IF_ERROR(ForEachText(argument, "form", [&](const std::string& name, std::string value) {
    request.form.emplace_back(name, std::move(value));
  }));
  if (!request.form.empty() && !call.body.empty()) return Bad("form", "excludes body");
  request.body = call.body;
  request.has_body = !call.body.empty();
  if (IsTrue(argument, "bodyIsJSON") && !HasHeader(request, "content-type")) {
    request.headers.emplace_back("Content-Type", "application/json");
  }
  return request;
}

std::optional<http::ClientRequest> ReadAuthRequest(const ServiceCall& call, const http::ClientRequest& request) {
  http::ClientRequest auth;
  auth.url = TextAt(call.argument, "authUrl");
  if (auth.url.empty()) return std::nullopt;
  auth.username = request.username;
  auth.password = request.password;
  auth.digest = request.digest;
  return auth;
}

void AddCookie(std::string_view name, std::string_view value, http::ClientRequest& request) {
  auto header = std::find_if(request.headers.begin(), request.headers.end(),
                             [](const auto& header) { return absl::EqualsIgnoreCase(header.first, "cookie"); });
  if (header == request.headers.end()) header = request.headers.insert(header, {"Cookie", ""});
  absl::StrAppend(&header->second, header->second.empty() ? "" : "; ", name, "=", value);
}

Value HttpRuleArguments(const ServiceCall& call) {
  std::vector<ejson::Member> members;
  if (absl::StatusOr<std::string> url = UrlOf(call.argument); url.ok()) {
    if (std::optional<http::UrlParts> parts = http::ParseUrl(*url)) {
      members.push_back({"url", Value::Document({{"scheme", Value::String(parts->scheme)},
                                                 {"host", Value::String(parts->host)},
                                                 {"path", Value::String(parts->path)},
                                                 {"query", QueryDocument(parts->query)},
                                                 {"fragment", Value::String(parts->fragment)}})});
    }
  }
  if (!call.body.empty() && call.body.size() <= kRuleBodyBytesMax && ejson::IsUtf8(call.body)) {
    members.push_back({"body", Value::String(call.body)});
  }
  if (call.argument.is(Type::kDocument)) {
    for (const ejson::Member& member : call.argument.members()) {
      if (member.key != "url" && member.key != "body" && member.key != "bodyIsJSON") members.push_back(member);
    }
  }
  return Value::Document(std::move(members));
}

absl::StatusOr<http::ClientRequest> ReadFetchArgument(const ServiceCall& call) {
  http::ClientRequest request;
  request.method = TextAt(call.argument, "method");
  request.url = TextAt(call.argument, "url");
  request.follow_redirects = TextAt(call.argument, "redirect") == "follow";
  const Value* headers = call.argument.Find("headers");
  if (headers == nullptr || !headers->is(Type::kArray)) return Bad("headers", "must be an array of [name, value]");
  for (const Value& header : headers->items()) {
    if (!header.is(Type::kArray) || header.items().size() != 2 || !header.items()[0].is(Type::kString) ||
        !header.items()[1].is(Type::kString)) {
      return Bad("headers", "must be an array of [name, value]");
    }
    request.headers.emplace_back(header.items()[0].as_string(), header.items()[1].as_string());
  }
  request.body = call.body;
  request.has_body = !call.body.empty();
  return request;
}

}  // namespace overlock::executor
