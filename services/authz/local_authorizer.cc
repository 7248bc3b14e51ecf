#include "services/authz/local_authorizer.h"

#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"

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

}  // namespace

LocalAuthorizer::LocalAuthorizer(executor::FunctionExecutor& executor, Metrics& metrics, const Clock& clock)
    : executor_(executor),
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
  for (const config::v1::AuthzView::Webhook& webhook : view.authz().webhooks()) {
    std::optional<Program>& slot = app->programs[webhook.name().service()][webhook.name().webhook()];
    absl::StatusOr<Program> program = Program::Parse(webhook.can_evaluate_json());
    if (program.ok()) {
      slot = *std::move(program);
      continue;
    }
    log::Error("denies every request: can_evaluate does not parse", {{"app", view.app().app_id()},
                                                                     {"service_name", webhook.name().service()},
                                                                     {"webhook", webhook.name().webhook()},
                                                                     {"error", program.status().message()}});
  }
  std::vector<std::string> unreadable;
  app->names = expression::ReadAppNames(view.authz().values_json(), view.authz().environment(),
                                        view.authz().environment_values_json(), unreadable);
  for (const std::string& name : unreadable) {
    // Without the parser's message: the value may be a secret.
    log::Error("a value is missing in expressions: it does not parse", {{"app", view.app().app_id()}, {"value", name}});
  }
  return app;
}

Task<absl::StatusOr<v1::AuthorizeResponse>> LocalAuthorizer::Authorize(v1::AuthorizeRequest request, CallContext call) {
  std::string app_id = request.app().app_id();
  OVERLOCK_CO_ASSIGN_OR_RETURN(std::shared_ptr<const App> app,
                               co_await apps_.Get(std::move(app_id), request.app().revision(), call));
  const std::optional<Program>* program = nullptr;
  if (auto service = app->programs.find(request.webhook().service()); service != app->programs.end()) {
    auto webhook = service->second.find(request.webhook().webhook());
    if (webhook != service->second.end()) program = &webhook->second;
  }
  if (program == nullptr) {
    co_return Error(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND",
                    absl::StrCat("webhook: ", request.webhook().service(), "/", request.webhook().webhook(),
                                 " has no can_evaluate in this revision"));
  }
  bool allowed = false;
  if (program->has_value()) {
    Program evaluated = **program;
    OVERLOCK_CO_ASSIGN_OR_RETURN(
        allowed, co_await Evaluate(std::move(evaluated), std::move(app), std::move(request), std::move(call)));
  }
  (allowed ? allowed_ : denied_).Increment();
  v1::AuthorizeResponse response;
  response.set_allowed(allowed);
  co_return response;
}

Task<absl::StatusOr<bool>> LocalAuthorizer::Evaluate(Program program, std::shared_ptr<const App> app,
                                                     v1::AuthorizeRequest request, CallContext call) {
  expression::RequestEnvironment environment(request.request(), request.user(), request.webhook(), app->names);
  bool called = false;
  // Each turn but the last answers one call site, so there are not many.
  while (true) {
    expression::Result result = program.Evaluate(environment);
    if (environment.broken()) {
      log::Error("denied: the user's data cannot be read", {{"request_id", call.request_id}});
      co_return false;
    }
    if (const bool* value = std::get_if<bool>(&result)) co_return *value;
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
    environment.SetResult(function.site, std::move(outcome));
  }
}

}  // namespace overlock::authz
