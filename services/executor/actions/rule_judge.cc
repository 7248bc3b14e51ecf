#include "services/executor/actions/rule_judge.h"

#include <optional>
#include <utility>
#include <variant>

#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/expression/program.h"
#include "common/request_environment/request_environment.h"
#include "common/telemetry/log.h"
#include "services/executor/actions/rules.h"

namespace overlock::executor {
namespace {

using expression::CallResult;
using expression::PendingCall;
using expression::Program;

const type::v1::WebhookName& WebhookOf(const v1::ExecuteRequest& request) {
  if (request.has_run_as_script()) return request.run_as_script();
  return request.has_webhook_function() ? request.webhook_function() : request.webhook();
}

// What names stand for in a rule: as in `can_evaluate`, and `%%args`.
class RuleEnvironment : public expression::RequestEnvironment {
 public:
  RuleEnvironment(const ServiceCall& call, const ServiceType& type)
      : RequestEnvironment(call.invocation->request(), call.invocation->user(), WebhookOf(*call.invocation),
                           call.code->names()),
        call_(call),
        type_(type) {}

  const ejson::Value* Resolve(expression::Root root, std::string_view member) const override {
    if (root != expression::Root::kArgs) return RequestEnvironment::Resolve(root, member);
    if (!arguments_) arguments_ = type_.RuleArguments(call_);
    return member.empty() ? &*arguments_ : arguments_->Find(member);
  }

 private:
  const ServiceCall& call_;
  const ServiceType& type_;
  mutable std::optional<ejson::Value> arguments_;
};

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

// Evaluates, makes the calls that the expression waits for, evaluates again.
Task<bool> Holds(Program when, ServiceCallPtr call, std::shared_ptr<ServiceType> type, FunctionExecutor* functions) {
  RuleEnvironment environment(*call, *type);
  // Each turn but the last answers one call site, so there are not many.
  while (true) {
    expression::Result result = when.Evaluate(environment);
    if (environment.broken()) {
      log::Error("a service rule does not hold: the user's data cannot be read",
                 {{"request_id", call->context.request_id}});
      co_return false;
    }
    if (const bool* value = std::get_if<bool>(&result)) co_return *value;
    PendingCall function = std::get<PendingCall>(std::move(result));
    int site = function.site;
    CallResult outcome = co_await Ask(call, std::move(function), functions);
    environment.SetResult(site, std::move(outcome));
  }
}

}  // namespace

Task<bool> RulesAllow(ServiceCallPtr call, std::shared_ptr<ServiceType> type, FunctionExecutor* functions) {
  const ServiceRules* rules = call->code->FindRules(call->service->name());
  if (rules == nullptr) co_return false;
  // The code that `call` holds owns the rules.
  std::vector<const Program*> conditions = rules->ConditionsFor(call->action);
  for (const Program* condition : conditions) {
    Program when = *condition;
    if (co_await Holds(std::move(when), call, type, functions)) co_return true;
  }
  co_return false;
}

}  // namespace overlock::executor
