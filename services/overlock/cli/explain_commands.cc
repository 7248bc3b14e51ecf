// `webhooks explain`, `endpoints explain`: why can_evaluate allows a request or does not.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/channel.h"
#include "services/authz/remote_authorizer.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/entity_commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/explain_text.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/request_description.h"
#include "services/overlock/cli/settings.h"
#include "services/overlock/cli/webhook_url.h"

namespace overlock::cli {
namespace {

using authz::v1::ExplainRequest;
using authz::v1::ExplainResponse;
namespace v1 = config::v1;

// Longer than any function may run that the expression calls.
constexpr absl::Duration kTimeout = absl::Seconds(330);
// An endpoint's, for the methods that its route has no other endpoint for.
constexpr char kAnyMethod[] = "*";

enum class Kind { kWebhook, kEndpoint };

struct ExplainOptions {
  std::string app_id;
  std::string name;
  std::string edge_url = kEdgeUrlPreset;
  std::string authz_target;
  RequestDescription request;
  std::string expression;
};

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

const EntityKindInfo& InfoOfKind(Kind kind) {
  return InfoOf(kind == Kind::kWebhook ? v1::ENTITY_KIND_WEBHOOK : v1::ENTITY_KIND_ENDPOINT);
}

absl::Status NameWebhook(const ExplainOptions& options, const v1::EntityName& name, ExplainRequest& request) {
  request.mutable_webhook()->set_service(name.parent());
  request.mutable_webhook()->set_webhook(name.name());
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_request()->mutable_webhook_url(),
                            WebhookUrl(options.edge_url, request.app().app_id(), name.parent(), name.name()));
  return absl::OkStatus();
}

// The edge tells of an endpoint's requests the route, not the URL, and sends it only those of its method.
absl::Status NameEndpoint(const v1::EntityName& name, ExplainRequest& request) {
  const size_t space = name.name().find(' ');
  if (space == 0 || space == name.name().npos || space + 1 == name.name().size()) {
    return UsageError(absl::StrCat("NAME: '", name.name(), "', allowed: ", InfoOfKind(Kind::kEndpoint).name_form));
  }
  const std::string method = absl::AsciiStrToUpper(name.name().substr(0, space));
  request.mutable_endpoint()->set_method(method);
  request.mutable_endpoint()->set_route(name.name().substr(space + 1));
  request.mutable_request()->set_webhook_url(request.endpoint().route());
  return absl::OkStatus();
}

// The method of the request where the endpoint has only one.
absl::StatusOr<RequestDescription> WithMethodOf(const type::v1::EndpointName& endpoint,
                                                const RequestDescription& request) {
  RequestDescription described = request;
  if (endpoint.method() == kAnyMethod) return described;
  if (described.method.empty()) described.method = endpoint.method();
  if (absl::EqualsIgnoreCase(described.method, endpoint.method())) return described;
  return UsageError(absl::StrCat("--method: '", request.method, "', allowed: ", endpoint.method(),
                                 ", the only one that reaches this endpoint"));
}

// Authz knows only what has an expression and is not disabled.
absl::StatusOr<ExplainResponse> WithoutExpression(Kind kind, Run& run, const std::string& app_id,
                                                  const v1::EntityName& name) {
  OVERLOCK_ASSIGN_OR_RETURN(v1::Entity entity, GetEntity(run, app_id, name, false));
  OVERLOCK_ASSIGN_OR_RETURN(config::JsonValue config, ParseObject("config_json", entity.config_json()));
  if (kind == Kind::kEndpoint && TrueAt(config, "disabled")) {
    return Error(absl::StatusCode::kFailedPrecondition, "ENDPOINT_DISABLED",
                 "NAME: the endpoint is disabled: it answers every request with 404");
  }
  run.output().Note(kind == Kind::kWebhook ? "the webhook has no can_evaluate"
                                           : "the endpoint's function has no can_evaluate");
  ExplainResponse allowed;
  allowed.set_allowed(true);
  allowed.mutable_expression()->set_path("expression");
  allowed.mutable_expression()->set_operator_("and");
  allowed.mutable_expression()->set_result(authz::v1::Clause::RESULT_TRUE);
  return allowed;
}

absl::StatusOr<ExplainResponse> Explain(Kind kind, Run& run, const ExplainOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(v1::EntityName name, ParseEntityName(InfoOfKind(kind), options.name));
  ExplainRequest request;
  RequestDescription described = options.request;
  if (kind == Kind::kEndpoint) {
    OVERLOCK_RETURN_IF_ERROR(NameEndpoint(name, request));
    OVERLOCK_ASSIGN_OR_RETURN(described, WithMethodOf(request.endpoint(), options.request));
    name.set_name(absl::StrCat(request.endpoint().method(), " ", request.endpoint().route()));
  }
  OVERLOCK_RETURN_IF_ERROR(ReadUser(described, *request.mutable_user()));
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_can_evaluate_json(), TextOrFile(options.expression));
  OVERLOCK_ASSIGN_OR_RETURN(std::string host, EdgeHost(options.edge_url));
  OVERLOCK_RETURN_IF_ERROR(ReadRequest(described, host, *request.mutable_request()));
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app(), run.FindRevision(options.app_id));
  if (kind == Kind::kWebhook) OVERLOCK_RETURN_IF_ERROR(NameWebhook(options, name, request));
  const std::string app_id = request.app().app_id();
  absl::StatusOr<ExplainResponse> response = Ask(run, options, std::move(request));
  const std::string_view unknown = kind == Kind::kWebhook ? "WEBHOOK_NOT_FOUND" : "ENDPOINT_NOT_FOUND";
  if (response.ok() || ReasonOf(response.status()) != unknown) return response;
  return WithoutExpression(kind, run, app_id, name);
}

// 1 says that the request is denied: what could not be explained must end with another code.
absl::StatusOr<int> RunExplain(Kind kind, Run& run, const ExplainOptions& options) {
  run.SetDefaultTimeout(kTimeout);
  absl::StatusOr<ExplainResponse> response = Explain(kind, run, options);
  if (!response.ok()) {
    run.output().Error(absl::StrCat("overlock ", InfoOfKind(kind).plural, " explain"), response.status(), "");
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

void AddOptions(CLI::App& command, ExplainOptions& options) {
  AddRequestOptions(command, options.request);
  command.add_option("--expression", options.expression,
                     "Another expression than the deployed one: JSON text, @FILE, or - for standard input.");
  command
      .add_option("--authz_target", options.authz_target,
                  "Where the authz service is: HOST:PORT. Without it where config is, as with `overlock serve`.")
      ->envname("OVERLOCK_AUTHZ_TARGET");
  AddEdgeOption(command, options.edge_url);
  AddAppOption(command, options.app_id);
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
      [options](Run& run) { return RunExplain(Kind::kWebhook, run, *options); });
  command.add_option("NAME", options->name, "The webhook: SERVICE/WEBHOOK.")->required();
  AddOptions(command, *options);
}

void AddEndpointExplain(CommandLine& line, CLI::App& endpoints) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App& command = line.AddCommand(
      endpoints, "explain",
      "Say which clause of its function's can_evaluate allows or denies a request. Runs the functions that it calls, "
      "and not the endpoint's.",
      {"overlock endpoints explain 'GET /orders' --header 'X-Key: abc' --user 5f0000000000000000000001",
       "overlock endpoints explain 'GET /orders' --expression @can_evaluate.json   # before it is deployed"},
      [options](Run& run) { return RunExplain(Kind::kEndpoint, run, *options); });
  command.add_option("NAME", options->name, "The endpoint: 'METHOD /ROUTE'.")->required();
  AddOptions(command, *options);
}

}  // namespace overlock::cli
