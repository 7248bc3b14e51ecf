#include "services/executor/actions/expression_judge.h"

#include <string>
#include <utility>
#include <variant>

#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/telemetry/log.h"

namespace overlock::executor {
namespace {

using expression::CallResult;
using expression::PendingCall;

const type::v1::WebhookName& WebhookOf(const v1::ExecuteRequest& request) {
  if (request.has_run_as_script()) return request.run_as_script();
  return request.has_webhook_function() ? request.webhook_function() : request.webhook();
}

v1::ExecuteRequest MakeExecuteRequest(const ServiceCall& call, const PendingCall& function) {
  v1::ExecuteRequest execution;
  *execution.mutable_app() = call.code->revision();
  execution.set_function(function.name);
  *execution.mutable_request() = call.invocation->request();
  execution.mutable_user()->set_type(type::v1::User::TYPE_SYSTEM);
  for (const ejson::Value& argument : function.arguments) {
    execution.add_arguments_ejson(ejson::ToCanonicalJson(argument));
  }
  return execution;
}

CallResult ReadOutcome(const absl::StatusOr<v1::ExecuteResponse>& response, std::string& cause) {
  CallResult result;
  result.failed = true;
  if (!response.ok()) {
    cause = std::string(response.status().message());
  } else if (!response->has_returned()) {
    cause = v1::Failure::Kind_Name(response->failure().kind());
  } else if (response->returned().value_ejson().empty()) {
    result.failed = false;
  } else if (absl::StatusOr<ejson::Value> value = ejson::Parse(response->returned().value_ejson()); value.ok()) {
    result.failed = false;
    result.value = *std::move(value);
  } else {
    cause = "its result cannot be read";
  }
  return result;
}

// Makes the call that a rule waits for.
Task<CallResult> Ask(ServiceCallPtr call, PendingCall function, FunctionExecutor* functions) {
  CallResult result;
  result.failed = true;
  std::string cause = "there is nothing to run it";
  if (functions != nullptr) {
    v1::ExecuteRequest execution = MakeExecuteRequest(*call, function);
    Body no_body;
    CallContext context = call->context;
    absl::StatusOr<v1::ExecuteResponse> response =
        co_await functions->Execute(std::move(execution), std::move(no_body), std::move(context));
    result = ReadOutcome(response, cause);
  }
  if (result.failed) {
    log::Warning("a service rule does not hold: its function failed", {{"request_id", call->context.request_id},
                                                                       {"app_id", call->code->app_id()},
                                                                       {"service_name", call->service->name()},
                                                                       {"function", function.name},
                                                                       {"cause", cause}});
  }
  co_return result;
}

}  // namespace

CallEnvironment::CallEnvironment(ServiceCallPtr call)
    : RequestEnvironment(call->invocation->request(), call->invocation->user(), WebhookOf(*call->invocation),
                         call->code->names()),
      call_(std::move(call)) {}

Task<bool> Judge(expression::Program program, ServiceCallPtr call, std::shared_ptr<CallEnvironment> environment,
                 FunctionExecutor* functions) {
  // Each turn but the last answers one call site, so there are not many.
  while (true) {
    expression::Result result = program.Evaluate(*environment);
    if (environment->broken()) {
      log::Error("a service rule does not hold: the user's data cannot be read",
                 {{"request_id", call->context.request_id}});
      co_return false;
    }
    if (const bool* value = std::get_if<bool>(&result)) co_return *value;
    PendingCall function = std::get<PendingCall>(std::move(result));
    int site = function.site;
    CallResult outcome = co_await Ask(call, std::move(function), functions);
    environment->SetResult(site, std::move(outcome));
  }
}

}  // namespace overlock::executor
