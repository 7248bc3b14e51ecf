#include "services/authz/local_authorizer.h"

#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/authz/explanation.h"

namespace overlock::authz {
namespace {

using executor::v1::ExecuteRequest;
using executor::v1::ExecuteResponse;
using expression::CallResult;
using expression::PendingCall;
using expression::Program;

constexpr char kMetric[] = "overlock_authz_decisions_total";
constexpr char kMetricHelp[] = "Requests judged by can_evaluate, by decision.";

ExecuteRequest MakeExecuteRequest(const PendingCall& function, const v1::AuthorizeRequest& request) {
  ExecuteRequest execution;
  *execution.mutable_app() = request.app();
  execution.set_function(function.name);
  *execution.mutable_request() = request.request();
  *execution.mutable_user() = request.user();
  for (const ejson::Value& argument : function.arguments) {
    execution.add_arguments_ejson(ejson::ToCanonicalJson(argument));
  }
  return execution;
}

// The executor's log has the function's own words; this line says that they decided.
void LogFailure(const PendingCall& function, const v1::AuthorizeRequest& request, const CallContext& call,
                std::string_view cause) {
  log::Warning("denied: a function in can_evaluate failed", {{"request_id", call.request_id},
                                                             {"trace_id", call.trace.TraceIdHex()},
                                                             {"app", request.app().app_id()},
                                                             {"service_name", request.webhook().service()},
                                                             {"webhook", request.webhook().webhook()},
                                                             {"endpoint", request.endpoint().route()},
                                                             {"function", function.name},
                                                             {"cause", cause}});
}

CallResult Failed(std::string_view why, std::string& cause) {
  cause = why;
  CallResult result;
  result.failed = true;
  return result;
}

// What the call means for the expression; `cause` says why if it failed.
CallResult ReadOutcome(const ExecuteResponse& response, std::string& cause) {
  if (!response.has_returned()) return Failed(executor::v1::Failure::Kind_Name(response.failure().kind()), cause);
  CallResult result;
  const std::string& returned = response.returned().value_ejson();
  if (returned.empty()) return result;
  absl::StatusOr<ejson::Value> value = ejson::Parse(returned);
  if (!value.ok()) return Failed("its result cannot be read", cause);
  result.value = *std::move(value);
  return result;
}

// Nothing may be started over once a function has run: it may have had effects.
absl::Status AfterFirstCall(const absl::Status& status) {
  std::string reason = ReasonOf(status);
  if (reason != "REVISION_UNKNOWN" && reason != "REVISION_GONE") return status;
  return Error(absl::StatusCode::kUnavailable, "REVISION_LOST",
               absl::StrCat("after a function of the expression had run: ", status.message()));
}

absl::Status NotFound(const v1::AuthorizeRequest& request) {
  constexpr std::string_view kWhy = " has no can_evaluate in this revision";
  if (request.has_endpoint()) {
    return Error(absl::StatusCode::kNotFound, "ENDPOINT_NOT_FOUND",
                 absl::StrCat("endpoint: ", request.endpoint().method(), " ", request.endpoint().route(), kWhy));
  }
  return Error(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND",
               absl::StrCat("webhook: ", request.webhook().service(), "/", request.webhook().webhook(), kWhy));
}

}  // namespace

LocalAuthorizer::LocalAuthorizer(executor::FunctionExecutor& executor, config::TokenChecker& tokens, Metrics& metrics,
                                 const Clock& clock)
    : executor_(executor),
      tokens_(tokens),
      allowed_(metrics.GetCounter(kMetric, kMetricHelp, {{"decision", "allowed"}})),
      denied_(metrics.GetCounter(kMetric, kMetricHelp, {{"decision", "denied"}})),
      apps_(clock) {}

void LocalAuthorizer::Apply(const config::v1::WatchResponse& batch) {
  std::vector<VersionedApps<App>::Change> changes;
  changes.reserve(batch.apps_size());
  for (const config::v1::AppView& view : batch.apps()) {
    changes.push_back({view.app().app_id(), view.app().revision(), Compile(view)});
  }
  std::vector<std::string> removed(batch.removed_app_ids().begin(), batch.removed_app_ids().end());
  apps_.Apply(batch.revision(), batch.snapshot(), std::move(changes), removed);
}

std::shared_ptr<const LocalAuthorizer::App> LocalAuthorizer::Compile(const config::v1::AppView& view) {
  auto app = std::make_shared<App>();
  auto parse = [&view](const std::string& json, const type::v1::WebhookName& webhook,
                       const type::v1::EndpointName& endpoint) -> std::optional<Program> {
    absl::StatusOr<Program> program = Program::Parse(json);
    if (program.ok()) return *std::move(program);
    log::Error("denies every request: can_evaluate does not parse", {{"app", view.app().app_id()},
                                                                     {"service_name", webhook.service()},
                                                                     {"webhook", webhook.webhook()},
                                                                     {"endpoint", endpoint.route()},
                                                                     {"error", program.status().message()}});
    return std::nullopt;
  };
  for (const config::v1::AuthzView::Webhook& webhook : view.authz().webhooks()) {
    app->webhooks[webhook.name().service()][webhook.name().webhook()] =
        parse(webhook.can_evaluate_json(), webhook.name(), {});
  }
  for (const config::v1::AuthzView::Endpoint& endpoint : view.authz().endpoints()) {
    app->endpoints[endpoint.name().route()][endpoint.name().method()] =
        parse(endpoint.can_evaluate_json(), {}, endpoint.name());
  }
  std::vector<std::string> unreadable;
  app->names = expression::ReadAppNames(view.authz().values_json(), view.authz().environment(),
                                        view.authz().environment_values_json(), unreadable);
  for (const std::string& name : unreadable) {
    // Without the parser's message: the value may be a secret.
    log::Error("a value is missing in expressions: it does not parse", {{"app", view.app().app_id()}, {"value", name}});
  }
  app->secrets = SecretsOf(view.authz(), app->names);
  return app;
}

const std::optional<Program>* LocalAuthorizer::FindProgram(const App& app, const v1::AuthorizeRequest& request) {
  bool is_endpoint = request.has_endpoint();
  const Programs& programs = is_endpoint ? app.endpoints : app.webhooks;
  auto outer = programs.find(is_endpoint ? request.endpoint().route() : request.webhook().service());
  if (outer == programs.end()) return nullptr;
  auto inner = outer->second.find(is_endpoint ? request.endpoint().method() : request.webhook().webhook());
  return inner == outer->second.end() ? nullptr : &inner->second;
}

Task<absl::StatusOr<v1::AuthorizeResponse>> LocalAuthorizer::Authorize(v1::AuthorizeRequest request, CallContext call) {
  std::string app_id = request.app().app_id();
  OVERLOCK_CO_ASSIGN_OR_RETURN(std::shared_ptr<const App> app,
                               co_await apps_.Get(std::move(app_id), request.app().revision(), call));
  const std::optional<Program>* program = FindProgram(*app, request);
  if (program == nullptr) co_return NotFound(request);
  bool allowed = false;
  if (program->has_value()) {
    Program evaluated = **program;
    OVERLOCK_CO_ASSIGN_OR_RETURN(
        allowed, co_await Evaluate(std::move(evaluated), std::move(app), std::move(request), std::move(call), nullptr));
  }
  (allowed ? allowed_ : denied_).Increment();
  v1::AuthorizeResponse response;
  response.set_allowed(allowed);
  co_return response;
}

absl::StatusOr<Program> LocalAuthorizer::ProgramToExplain(const App& app, const v1::ExplainRequest& request,
                                                          const v1::AuthorizeRequest& described) {
  if (!request.can_evaluate_json().empty()) return Program::Parse(request.can_evaluate_json());
  const std::optional<Program>* program = FindProgram(app, described);
  if (program == nullptr) return NotFound(described);
  if (*program) return **program;
  return Error(absl::StatusCode::kInvalidArgument, "EXPRESSION_INVALID",
               "the deployed expression does not parse, which denies every request");
}

Task<absl::StatusOr<v1::ExplainResponse>> LocalAuthorizer::Explain(v1::ExplainRequest request, CallContext call) {
  std::string app_id = request.app().app_id();
  absl::StatusOr<config::v1::Token> viewer = co_await tokens_.Check(call, app_id, config::v1::ROLE_VIEWER);
  if (!viewer.ok()) co_return viewer.status();
  OVERLOCK_CO_ASSIGN_OR_RETURN(std::shared_ptr<const App> app,
                               co_await apps_.Get(app_id, request.app().revision(), call));
  v1::AuthorizeRequest described;
  *described.mutable_app() = request.app();
  if (request.has_endpoint()) *described.mutable_endpoint() = request.endpoint();
  if (request.has_webhook()) *described.mutable_webhook() = request.webhook();
  *described.mutable_request() = request.request();
  *described.mutable_user() = request.user();
  OVERLOCK_CO_ASSIGN_OR_RETURN(Program program, ProgramToExplain(*app, request, described));
  // Who may only look may neither run what has effects nor ask questions about secrets that nobody else has asked.
  if (program.call_sites() > 0 || !request.can_evaluate_json().empty()) {
    absl::StatusOr<config::v1::Token> editor = co_await tokens_.Check(call, app_id, config::v1::ROLE_EDITOR);
    if (!editor.ok()) co_return editor.status();
  }
  expression::Trace trace;
  absl::StatusOr<bool> allowed =
      co_await Evaluate(std::move(program), std::move(app), std::move(described), std::move(call), &trace);
  if (!allowed.ok()) co_return allowed.status();
  co_return ToMessage(trace);
}

Task<absl::StatusOr<bool>> LocalAuthorizer::Evaluate(Program program, std::shared_ptr<const App> app,
                                                     v1::AuthorizeRequest request, CallContext call,
                                                     expression::Trace* trace) {
  expression::RequestEnvironment environment(request.request(), request.user(), request.webhook(), app->names);
  bool called = false;
  // Each turn but the last answers one call site, so there are not many.
  while (true) {
    expression::Result result = program.Evaluate(environment);
    if (environment.broken() && trace != nullptr) {
      co_return Error(absl::StatusCode::kInvalidArgument, "BAD_USER",
                      "user: data_json and custom_data_json must be Extended JSON objects");
    }
    if (environment.broken()) {
      log::Error("denied: the user's data cannot be read", {{"request_id", call.request_id}});
      co_return false;
    }
    if (const bool* value = std::get_if<bool>(&result)) {
      if (trace != nullptr) *trace = program.Explain(environment, app->secrets);
      co_return *value;
    }
    PendingCall function = std::get<PendingCall>(std::move(result));
    ExecuteRequest execution = MakeExecuteRequest(function, request);
    Body no_body;
    absl::StatusOr<ExecuteResponse> response =
        co_await executor_.Execute(std::move(execution), std::move(no_body), call);
    bool unknown = ReasonOf(response.status()) == "TARGET_NOT_FOUND";
    if (!response.ok() && !unknown) co_return called ? AfterFirstCall(response.status()) : response.status();
    called = true;
    std::string cause;
    CallResult outcome = unknown ? Failed("there is no such function", cause) : ReadOutcome(*response, cause);
    if (outcome.failed) LogFailure(function, request, call, cause);
    outcome.cause = std::move(cause);
    environment.SetResult(function.site, std::move(outcome));
  }
}

}  // namespace overlock::authz
