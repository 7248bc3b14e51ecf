// `webhooks url`, and `webhooks test`, which sends a request as a sender would.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/crypto/hmac.h"
#include "common/http_client/http_client.h"
#include "common/http_client/url.h"
#include "services/config/json_text.h"
#include "services/config/validation_methods.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/entity_commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/settings.h"
#include "services/overlock/cli/text.h"
#include "services/overlock/cli/webhook_url.h"

namespace overlock::cli {
namespace {

using config::JsonValue;
namespace v1 = config::v1;

// Longer than any webhook may run.
constexpr absl::Duration kTimeout = absl::Seconds(330);
// People test on their own machine and network too.
constexpr char kAllowAll[] = "0.0.0.0/0,::/0";
constexpr int kFirstErrorStatus = 400;

struct TestOptions {
  std::string app_id;
  std::string name;
  std::string edge_url = kEdgeUrlPreset;
  std::string method;
  std::string body;
  std::vector<std::string> query;
  std::vector<std::string> headers;
  std::string secret_file;
};

// What the server knows of the webhook.
struct Target {
  std::string url;
  std::string service_type;
  // An HTTP service's; else empty.
  std::string method;
  std::string validation;
};

absl::StatusOr<Target> FindTarget(Run& run, const TestOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(v1::EntityName name, ParseEntityName(InfoOf(v1::ENTITY_KIND_WEBHOOK), options.name));
  OVERLOCK_ASSIGN_OR_RETURN(std::string app_id, run.FindApp(options.app_id));
  Target target;
  OVERLOCK_ASSIGN_OR_RETURN(target.url, WebhookUrl(options.edge_url, app_id, name.parent(), name.name()));
  OVERLOCK_ASSIGN_OR_RETURN(v1::Entity webhook, GetEntity(run, app_id, name, false));
  OVERLOCK_ASSIGN_OR_RETURN(JsonValue config, ParseObject("config_json", webhook.config_json()));
  v1::EntityName service_name;
  service_name.set_kind(v1::ENTITY_KIND_SERVICE);
  service_name.set_name(name.parent());
  OVERLOCK_ASSIGN_OR_RETURN(v1::Entity service, GetEntity(run, app_id, service_name, false));
  OVERLOCK_ASSIGN_OR_RETURN(JsonValue service_config, ParseObject("config_json", service.config_json()));
  target.service_type = StringAt(service_config, "type");
  target.method = StringAt(config, "options.httpMethod");
  target.validation = StringAt(config, "options.validationMethod");
  if (TrueAt(config, "options.secretAsQueryParam") && target.validation.empty()) {
    target.validation = "SECRET_AS_QUERY_PARAM";
  }
  return target;
}

// Whether it asks for more than Stitch's own methods do.
bool IsSignedByItsSender(const Target& target) {
  const v1::ValidationMethod method = config::ValidationMethodOf(target.validation);
  return target.service_type == "http" && method != v1::VALIDATION_METHOD_UNSPECIFIED &&
         !config::IsStitchMethod(method);
}

absl::StatusOr<int> PrintUrl(Run& run, const TestOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(Target target, FindTarget(run, options));
  if (run.output().json()) {
    JsonValue document = config::MakeObject();
    config::SetMember(document, "url", config::MakeString(target.url));
    run.output().Json(config::ToPrettyText(document));
  }
  run.output().Line(target.url);
  if (target.validation == "SECRET_AS_QUERY_PARAM") run.output().Note("requests need ?secret=... as well");
  if (target.validation == "VERIFY_PAYLOAD") run.output().Note("requests need the header X-Hook-Signature as well");
  if (IsSignedByItsSender(target)) run.output().Note(absl::StrCat("requests must be signed: ", target.validation));
  return kExitDone;
}

std::string MethodFor(const TestOptions& options, const Target& target) {
  if (!options.method.empty()) return absl::AsciiStrToUpper(options.method);
  if (target.service_type != "http") return "POST";
  if (target.method.empty() || target.method == "ANY") return options.body.empty() ? "GET" : "POST";
  return target.method;
}

bool HasHeader(const http::ClientRequest& request, std::string_view name) {
  for (const auto& header : request.headers) {
    if (absl::EqualsIgnoreCase(header.first, name)) return true;
  }
  return false;
}

void AddQuery(std::string_view name, std::string_view value, std::string& url) {
  absl::StrAppend(&url, url.find('?') == url.npos ? "?" : "&", http::PercentEncode(name), "=",
                  http::PercentEncode(value));
}

// Proves the sender as the webhook wants it (spec section 5).
void Sign(const Target& target, const std::string& secret, http::ClientRequest& request) {
  auto hex = [](const std::string& bytes) { return absl::BytesToHexString(bytes); };
  if (target.service_type == "github" || target.validation == "GITHUB") {
    request.headers.emplace_back("X-Hub-Signature", "sha1=" + hex(crypto::HmacSha1(secret, request.body)));
    request.headers.emplace_back("X-Hub-Signature-256", "sha256=" + hex(crypto::HmacSha256(secret, request.body)));
  } else if (target.validation == "SECRET_AS_QUERY_PARAM") {
    AddQuery("secret", secret, request.url);
  } else {
    request.headers.emplace_back("X-Hook-Signature", "sha256=" + hex(crypto::HmacSha256(secret, request.body)));
  }
}

std::string ContentTypeOf(const Target& target, const std::string& body) {
  if (target.service_type == "twilio") return "application/x-www-form-urlencoded";
  return config::ParseJson(body).ok() ? "application/json" : "text/plain; charset=utf-8";
}

absl::StatusOr<http::ClientRequest> MakeRequest(const TestOptions& options, const Target& target) {
  http::ClientRequest request;
  request.method = MethodFor(options, target);
  request.url = target.url;
  for (const std::string& pair : options.query) {
    const size_t equals = pair.find('=');
    if (equals == pair.npos) return UsageError(absl::StrCat("--query: '", pair, "', allowed: NAME=VALUE"));
    AddQuery(pair.substr(0, equals), pair.substr(equals + 1), request.url);
  }
  for (const std::string& header : options.headers) {
    const size_t colon = header.find(':');
    if (colon == header.npos || colon == 0) {
      return UsageError(absl::StrCat("--header: '", header, "', allowed: 'Name: value'"));
    }
    request.headers.emplace_back(header.substr(0, colon), absl::StripAsciiWhitespace(header.substr(colon + 1)));
  }
  OVERLOCK_ASSIGN_OR_RETURN(request.body, TextOrFile(options.body));
  request.has_body = !options.body.empty();
  if (request.has_body && !HasHeader(request, "Content-Type")) {
    request.headers.emplace_back("Content-Type", ContentTypeOf(target, request.body));
  }
  if (!options.secret_file.empty()) {
    if (IsSignedByItsSender(target) && target.validation != "GITHUB") {
      return UsageError(absl::StrCat("--secret_file: requests of ", target.validation,
                                     " cannot be signed here; give their headers with --header"));
    }
    OVERLOCK_ASSIGN_OR_RETURN(std::string secret, ReadSecretFile(options.secret_file));
    Sign(target, secret, request);
  }
  return request;
}

absl::StatusOr<http::ClientResponse> Send(Run& run, http::ClientRequest request, const std::string& edge_url) {
  http::HttpClientOptions options;
  OVERLOCK_ASSIGN_OR_RETURN(options.guard, http::AddressGuard::Parse(kAllowAll));
  options.ca_file = run.globals().connection.tls.ca;
  EventLoops loops(1);
  OVERLOCK_ASSIGN_OR_RETURN(std::unique_ptr<http::HttpClient> client,
                            http::HttpClient::Make(loops.Get(0), std::move(options)));
  std::optional<absl::StatusOr<http::ClientResponse>> response;
  auto send = [&]() -> Task<void> {
    CallContext call = run.MakeCall();
    absl::StatusOr<http::ClientResponse> answer = co_await client->Send(std::move(request), std::move(call));
    response.emplace(std::move(answer));
  };
  run.SetActivity("waiting for the webhook");
  run.Wait(send());
  loops.Stop();
  client = nullptr;
  if (response->ok() || response->status().code() != absl::StatusCode::kUnavailable) return *std::move(response);
  return Error(absl::StatusCode::kUnavailable, "EDGE_UNREACHABLE",
               absl::StrCat(std::string_view(response->status().message()), " (is the edge at ", edge_url,
                            "? --edge_url names it)"));
}

void PrintJson(const Output& output, const http::ClientResponse& response) {
  JsonValue headers = config::MakeArray();
  for (const auto& [name, value] : response.headers) {
    JsonValue header = config::MakeObject();
    config::SetMember(header, "name", config::MakeString(name));
    config::SetMember(header, "value", config::MakeString(value));
    headers.items.push_back(std::move(header));
  }
  JsonValue document = config::MakeObject();
  config::SetMember(document, "status", config::MakeInteger(response.status));
  config::SetMember(document, "headers", std::move(headers));
  if (IsUtf8(response.body)) {
    config::SetMember(document, "body", config::MakeString(response.body));
  } else {
    config::SetMember(document, "body_base64", config::MakeString(absl::Base64Escape(response.body)));
  }
  output.Json(config::ToPrettyText(document));
}

void PrintResponse(const Output& output, const http::ClientResponse& response) {
  if (output.json()) return PrintJson(output, response);
  output.Line(absl::StrCat("HTTP ", response.status, response.reason.empty() ? "" : " ", Printable(response.reason)));
  for (const auto& [name, value] : response.headers) output.Line(Printable(absl::StrCat(name, ": ", value)));
  if (response.body.empty()) return;
  output.Line("");
  output.Raw(output.colour() ? Printable(response.body, true) : response.body);
  if (!absl::EndsWith(response.body, "\n")) output.Line("");
}

absl::StatusOr<int> Test(Run& run, const TestOptions& options) {
  run.SetDefaultTimeout(kTimeout);
  OVERLOCK_ASSIGN_OR_RETURN(Target target, FindTarget(run, options));
  OVERLOCK_ASSIGN_OR_RETURN(http::ClientRequest request, MakeRequest(options, target));
  const bool validates = target.validation == "VERIFY_PAYLOAD" || target.validation == "SECRET_AS_QUERY_PARAM" ||
                         target.validation == "GITHUB";
  if (validates && options.secret_file.empty()) {
    run.output().Note(absl::StrCat("requests are validated (", target.validation, "); --secret_file proves this one"));
  }
  OVERLOCK_ASSIGN_OR_RETURN(http::ClientResponse response, Send(run, std::move(request), options.edge_url));
  PrintResponse(run.output(), response);
  return response.status < kFirstErrorStatus ? kExitDone : kExitRefused;
}

}  // namespace

void AddWebhookTests(CommandLine& line, CLI::App& webhooks) {
  auto url_options = std::make_shared<TestOptions>();
  CLI::App& url = line.AddCommand(
      webhooks, "url", "Print a webhook's URL.",
      {"overlock webhooks url hooks/order", "overlock webhooks url hooks/order --edge_url https://hooks.example.com"},
      [url_options](Run& run) { return PrintUrl(run, *url_options); });
  url.add_option("NAME", url_options->name, "The webhook: SERVICE/WEBHOOK.")->required();
  AddEdgeOption(url, url_options->edge_url);
  AddAppOption(url, url_options->app_id);

  auto options = std::make_shared<TestOptions>();
  CLI::App& test =
      line.AddCommand(webhooks, "test", "Send a request to a webhook through the edge, and print what it answers.",
                      {"overlock webhooks test hooks/order --body '{\"foo\": \"bar\"}' --query dry=1",
                       "overlock webhooks test hooks/order --body @order.json --secret_file secret.txt   # signed"},
                      [options](Run& run) { return Test(run, *options); });
  test.add_option("NAME", options->name, "The webhook: SERVICE/WEBHOOK.")->required();
  test.add_option("--method", options->method, "The HTTP method. Default: the webhook's.");
  test.add_option("--body", options->body, "The body: text, @FILE, or - for standard input.");
  test.add_option("--query", options->query, "NAME=VALUE; several times for several.")->allow_extra_args(false);
  test.add_option("--header", options->headers, "'Name: value'; several times for several.")->allow_extra_args(false);
  test.add_option("--secret_file", options->secret_file,
                  "The file with the webhook's secret: signs the request, or adds the secret to the query, as the "
                  "webhook wants it.");
  AddEdgeOption(test, options->edge_url);
  AddAppOption(test, options->app_id);
}

}  // namespace overlock::cli
