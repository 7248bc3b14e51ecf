#include "services/overlock/cli/request_description.h"

#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http_client/url.h"
#include "common/status/status_macros.h"
#include "services/config/json_text.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/settings.h"

namespace overlock::cli {
namespace {

using config::JsonValue;

constexpr char kUserAllowed[] =
    "allowed: {\"id\", \"type\": \"normal\"|\"server\"|\"system\", \"data\", \"custom_data\", "
    "\"identities\": [{\"id\", \"provider_type\"}]}";

bool HasHeader(const type::v1::HttpRequest& request, std::string_view name) {
  for (const type::v1::Header& header : request.headers()) {
    if (absl::EqualsIgnoreCase(header.name(), name)) return true;
  }
  return false;
}

void AddHeader(std::string_view name, std::string_view value, type::v1::HttpRequest& request) {
  if (HasHeader(request, name)) return;
  type::v1::Header* header = request.add_headers();
  header->set_name(std::string(name));
  header->set_value(std::string(value));
}

absl::Status AddQuery(const std::vector<std::string>& pairs, type::v1::HttpRequest& request) {
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    if (equals == pair.npos) return UsageError(absl::StrCat("--query: '", pair, "', allowed: NAME=VALUE"));
    absl::StrAppend(request.mutable_raw_query_string(), request.raw_query_string().empty() ? "" : "&",
                    http::PercentEncode(pair.substr(0, equals)), "=", http::PercentEncode(pair.substr(equals + 1)));
  }
  return absl::OkStatus();
}

absl::Status AddHeaders(const std::vector<std::string>& lines, type::v1::HttpRequest& request) {
  for (const std::string& header : lines) {
    const size_t colon = header.find(':');
    if (colon == header.npos || colon == 0) {
      return UsageError(absl::StrCat("--header: '", header, "', allowed: 'Name: value'"));
    }
    type::v1::Header* line = request.add_headers();
    line->set_name(header.substr(0, colon));
    line->set_value(std::string(absl::StripAsciiWhitespace(header.substr(colon + 1))));
  }
  return absl::OkStatus();
}

absl::Status BadUser(std::string_view field) {
  return UsageError(absl::StrCat("--user_json: ", field, ": unknown, or of another type; ", kUserAllowed));
}

absl::Status ReadIdentity(const JsonValue& value, type::v1::User& user) {
  type::v1::User::Identity* identity = user.add_identities();
  for (const auto& [name, member] : value.members) {
    if (member.kind != JsonValue::Kind::kString) return BadUser(absl::StrCat("identities.", name));
    if (name == "id") {
      identity->set_id(member.text);
    } else if (name == "provider_type" || name == "providerType") {
      identity->set_provider_type(member.text);
    } else {
      return BadUser(absl::StrCat("identities.", name));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadUserField(const std::string& name, const JsonValue& value, type::v1::User& user) {
  using Kind = JsonValue::Kind;
  if (name == "id" && value.kind == Kind::kString) {
    user.set_id(value.text);
  } else if (name == "type" && value.kind == Kind::kString && value.text == "normal") {
    user.set_type(type::v1::User::TYPE_NORMAL);
  } else if (name == "type" && value.kind == Kind::kString && value.text == "server") {
    user.set_type(type::v1::User::TYPE_SERVER);
  } else if (name == "type" && value.kind == Kind::kString && value.text == "system") {
    user.set_type(type::v1::User::TYPE_SYSTEM);
  } else if (name == "data" && value.kind == Kind::kObject) {
    user.set_data_json(config::ToText(value));
  } else if (name == "custom_data" && value.kind == Kind::kObject) {
    user.set_custom_data_json(config::ToText(value));
  } else if (name == "identities" && value.kind == Kind::kArray) {
    for (const JsonValue& identity : value.items) OVERLOCK_RETURN_IF_ERROR(ReadIdentity(identity, user));
  } else {
    return BadUser(name);
  }
  return absl::OkStatus();
}

}  // namespace

void AddRequestOptions(CLI::App& command, RequestDescription& description) {
  command.add_option("--method", description.method, "The HTTP method. Default: GET, with a body POST.");
  command.add_option("--body", description.body,
                     "The body: text, @FILE, or - for standard input. Only its type counts.");
  command.add_option("--query", description.query, "NAME=VALUE; several times for several.")->allow_extra_args(false);
  command.add_option("--header", description.headers, "'Name: value'; several times for several.")
      ->allow_extra_args(false);
  command.add_option("--remote_ip", description.remote_ip, "The sender's address.")->capture_default_str();
  CLI::Option* user_id =
      command.add_option("--user", description.user_id, "Run as the user with this id; without it as the system user.");
  command
      .add_option("--user_json", description.user_json,
                  "Run as a user described as %%user is: JSON text, @FILE, or - for standard input.")
      ->excludes(user_id);
}

absl::Status ReadRequest(const RequestDescription& description, const std::string& host,
                         type::v1::HttpRequest& request) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string body, TextOrFile(description.body));
  request.set_method(description.method.empty() ? (description.body.empty() ? "GET" : "POST")
                                                : absl::AsciiStrToUpper(description.method));
  request.set_remote_ip_address(description.remote_ip);
  OVERLOCK_RETURN_IF_ERROR(AddQuery(description.query, request));
  OVERLOCK_RETURN_IF_ERROR(AddHeaders(description.headers, request));
  AddHeader("Host", host, request);
  if (description.body.empty()) return absl::OkStatus();
  AddHeader("Content-Type", config::ParseJson(body).ok() ? "application/json" : "text/plain; charset=utf-8", request);
  AddHeader("Content-Length", absl::StrCat(body.size()), request);
  return absl::OkStatus();
}

absl::Status ReadUser(const RequestDescription& description, type::v1::User& user) {
  if (description.user_json.empty()) {
    user.set_id(description.user_id);
    user.set_type(description.user_id.empty() ? type::v1::User::TYPE_SYSTEM : type::v1::User::TYPE_NORMAL);
    return absl::OkStatus();
  }
  OVERLOCK_ASSIGN_OR_RETURN(std::string text, TextOrFile(description.user_json));
  OVERLOCK_ASSIGN_OR_RETURN(JsonValue object, ParseObject("--user_json", text));
  user.set_type(type::v1::User::TYPE_NORMAL);
  for (const auto& [name, value] : object.members) OVERLOCK_RETURN_IF_ERROR(ReadUserField(name, value, user));
  return absl::OkStatus();
}

}  // namespace overlock::cli
