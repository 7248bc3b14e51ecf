// `webhooks explain`: why can_evaluate allows a request or does not.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/rpc/channel.h"
#include "services/authz/remote_authorizer.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/entity_commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/explain_text.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/request_description.h"
#include "services/overlock/cli/webhook_url.h"

namespace overlock::cli {
namespace {

using authz::v1::ExplainRequest;
using authz::v1::ExplainResponse;
namespace v1 = config::v1;

// Longer than any function may run that the expression calls.
constexpr absl::Duration kTimeout = absl::Seconds(330);

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

absl::StatusOr<ExplainResponse> Explain(Run& run, const ExplainOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(v1::EntityName name, ParseEntityName(InfoOf(v1::ENTITY_KIND_WEBHOOK), options.name));
  ExplainRequest request;
  OVERLOCK_RETURN_IF_ERROR(ReadUser(options.request, *request.mutable_user()));
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_can_evaluate_json(), TextOrFile(options.expression));
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app(), run.FindRevision(options.app_id));
  const std::string app_id = request.app().app_id();
  request.mutable_webhook()->set_service(name.parent());
  request.mutable_webhook()->set_webhook(name.name());
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_request()->mutable_webhook_url(),
                            WebhookUrl(options.edge_url, app_id, name.parent(), name.name()));
  OVERLOCK_ASSIGN_OR_RETURN(std::string host, EdgeHost(options.edge_url));
  OVERLOCK_RETURN_IF_ERROR(ReadRequest(options.request, host, *request.mutable_request()));
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
  AddRequestOptions(command, options->request);
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
