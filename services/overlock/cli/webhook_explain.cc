// `webhooks explain`: why can_evaluate allows a request or does not.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http_client/url.h"
#include "common/rpc/channel.h"
#include "services/authz/remote_authorizer.h"
#include "services/config/json_text.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/entity_commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/explain_text.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/settings.h"
#include "services/overlock/cli/webhook_url.h"

namespace overlock::cli {
namespace {

using authz::v1::ExplainRequest;
using authz::v1::ExplainResponse;
using config::JsonValue;
namespace v1 = config::v1;

// Longer than any function may run that the expression calls.
constexpr absl::Duration kTimeout = absl::Seconds(330);
constexpr char kUserAllowed[] =
    "allowed: {\"id\", \"type\": \"normal\"|\"server\"|\"system\", \"data\", \"custom_data\", "
    "\"identities\": [{\"id\", \"provider_type\"}]}";

struct ExplainOptions {
  std::string app_id;
  std::string name;
  std::string edge_url = kEdgeUrlPreset;
  std::string authz_target;
  std::string method;
  std::string body;
  std::vector<std::string> query;
  std::vector<std::string> headers;
  std::string remote_ip = "127.0.0.1";
  std::string user_id;
  std::string user_json;
  std::string expression;
};

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

// What the edge would tell authz of the request.
absl::Status MakeHttpRequest(const ExplainOptions& options, const std::string& url, type::v1::HttpRequest& request) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string body, TextOrFile(options.body));
  request.set_method(options.method.empty() ? (options.body.empty() ? "GET" : "POST")
                                            : absl::AsciiStrToUpper(options.method));
  request.set_webhook_url(url);
  request.set_remote_ip_address(options.remote_ip);
  OVERLOCK_RETURN_IF_ERROR(AddQuery(options.query, request));
  for (const std::string& header : options.headers) {
    const size_t colon = header.find(':');
    if (colon == header.npos || colon == 0) {
      return UsageError(absl::StrCat("--header: '", header, "', allowed: 'Name: value'"));
    }
    type::v1::Header* line = request.add_headers();
    line->set_name(header.substr(0, colon));
    line->set_value(std::string(absl::StripAsciiWhitespace(header.substr(colon + 1))));
  }
  if (std::optional<http::UrlParts> parts = http::ParseUrl(url)) AddHeader("Host", parts->host, request);
  if (options.body.empty()) return absl::OkStatus();
  AddHeader("Content-Type", config::ParseJson(body).ok() ? "application/json" : "text/plain; charset=utf-8", request);
  AddHeader("Content-Length", absl::StrCat(body.size()), request);
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

absl::Status MakeUser(const ExplainOptions& options, type::v1::User& user) {
  if (options.user_json.empty()) {
    user.set_id(options.user_id);
    user.set_type(options.user_id.empty() ? type::v1::User::TYPE_SYSTEM : type::v1::User::TYPE_NORMAL);
    return absl::OkStatus();
  }
  OVERLOCK_ASSIGN_OR_RETURN(std::string text, TextOrFile(options.user_json));
  OVERLOCK_ASSIGN_OR_RETURN(JsonValue object, ParseObject("--user_json", text));
  user.set_type(type::v1::User::TYPE_NORMAL);
  for (const auto& [name, value] : object.members) OVERLOCK_RETURN_IF_ERROR(ReadUserField(name, value, user));
  return absl::OkStatus();
}

absl::StatusOr<ExplainResponse> Ask(Run& run, const ExplainOptions& options, ExplainRequest request) {
  auto channel = run.channel();
  if (!options.authz_target.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(channel, rpc::MakeChannel(options.authz_target, run.globals().connection.tls));
  }
  authz::RemoteAuthorizer authorizer(std::move(channel));
  std::optional<absl::StatusOr<ExplainResponse>> response;
  auto explain = [&]() -> Task<void> {
    CallContext call = run.MakeCall();
    absl::StatusOr<ExplainResponse> answer = co_await authorizer.Explain(std::move(request), std::move(call));
    response.emplace(std::move(answer));
  };
  run.Wait(explain());
  return *std::move(response);
}

absl::StatusOr<ExplainResponse> Explain(Run& run, const ExplainOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(v1::EntityName name, ParseEntityName(InfoOf(v1::ENTITY_KIND_WEBHOOK), options.name));
  ExplainRequest request;
  OVERLOCK_RETURN_IF_ERROR(MakeUser(options, *request.mutable_user()));
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_can_evaluate_json(), TextOrFile(options.expression));
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app(), run.FindRevision(options.app_id));
  const std::string app_id = request.app().app_id();
  request.mutable_webhook()->set_service(name.parent());
  request.mutable_webhook()->set_webhook(name.name());
  OVERLOCK_ASSIGN_OR_RETURN(std::string url, WebhookUrl(options.edge_url, app_id, name.parent(), name.name()));
  OVERLOCK_RETURN_IF_ERROR(MakeHttpRequest(options, url, *request.mutable_request()));
  absl::StatusOr<ExplainResponse> response = Ask(run, options, std::move(request));
  if (response.ok() || ReasonOf(response.status()) != "WEBHOOK_NOT_FOUND") return response;
  // Authz knows only webhooks with an expression.
  OVERLOCK_RETURN_IF_ERROR(GetEntity(run, app_id, name, false).status());
  run.output().Note("the webhook has no can_evaluate");
  ExplainResponse allowed;
  allowed.set_allowed(true);
  allowed.mutable_expression()->set_path("expression");
  allowed.mutable_expression()->set_operator_("and");
  allowed.mutable_expression()->set_result(authz::v1::Clause::RESULT_TRUE);
  return allowed;
}

// 1 says that the request is denied: what could not be explained must end with another code.
absl::StatusOr<int> ExplainWebhook(Run& run, const ExplainOptions& options) {
  run.SetDefaultTimeout(kTimeout);
  absl::StatusOr<ExplainResponse> response = Explain(run, options);
  if (!response.ok()) {
    run.output().Error("overlock webhooks explain", response.status(), "");
    const int code = ExitCodeFor(response.status());
    return code == kExitRefused ? kExitUsage : code;
  }
  if (run.output().json()) {
    run.output().Json(*response);
  } else {
    run.output().Raw(ExplainText(*response, run.output().colour()));
  }
  return response->allowed() ? kExitDone : kExitRefused;
}

}  // namespace

void AddWebhookExplain(CommandLine& line, CLI::App& webhooks) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App& command = line.AddCommand(
      webhooks, "explain",
      "Say which clause of can_evaluate allows or denies a request. Runs the functions that it calls, and not the "
      "webhook's.",
      {"overlock webhooks explain hooks/order --method POST --header 'X-Key: abc' --user 5f0000000000000000000001",
       "overlock webhooks explain hooks/order --expression @can_evaluate.json   # before it is deployed"},
      [options](Run& run) { return ExplainWebhook(run, *options); });
  command.add_option("NAME", options->name, "The webhook: SERVICE/WEBHOOK.")->required();
  command.add_option("--method", options->method, "The HTTP method. Default: GET, with a body POST.");
  command.add_option("--body", options->body, "The body: text, @FILE, or - for standard input. Only its type counts.");
  command.add_option("--query", options->query, "NAME=VALUE; several times for several.")->allow_extra_args(false);
  command.add_option("--header", options->headers, "'Name: value'; several times for several.")
      ->allow_extra_args(false);
  command.add_option("--remote_ip", options->remote_ip, "The sender's address.")->capture_default_str();
  CLI::Option* user_id =
      command.add_option("--user", options->user_id, "Run as the user with this id; without it as the system user.");
  command
      .add_option("--user_json", options->user_json,
                  "Run as a user described as %%user is: JSON text, @FILE, or - for standard input.")
      ->excludes(user_id);
  command.add_option("--expression", options->expression,
                     "Another expression than the deployed one: JSON text, @FILE, or - for standard input.");
  command
      .add_option("--authz_target", options->authz_target,
                  "Where the authz service is: HOST:PORT. Without it where config is, as with `overlock serve`.")
      ->envname("OVERLOCK_AUTHZ_TARGET");
  AddEdgeOption(command, options->edge_url);
  AddAppOption(command, options->app_id);
}

}  // namespace overlock::cli
