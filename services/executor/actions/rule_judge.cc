#include "services/executor/actions/rule_judge.h"

#include <optional>
#include <utility>

#include "common/expression/program.h"
#include "services/executor/actions/expression_judge.h"
#include "services/executor/actions/rules.h"

namespace overlock::executor {
namespace {

using expression::Program;

// As in `can_evaluate`, and `%%args`.
class RuleEnvironment : public CallEnvironment {
 public:
  RuleEnvironment(ServiceCallPtr call, std::shared_ptr<ServiceType> type)
      : CallEnvironment(std::move(call)), type_(std::move(type)) {}

  const ejson::Value* Resolve(expression::Root root, std::string_view member) const override {
    if (root != expression::Root::kArgs) return RequestEnvironment::Resolve(root, member);
    if (!arguments_) arguments_ = type_->RuleArguments(call());
    return member.empty() ? &*arguments_ : arguments_->Find(member);
  }

 private:
  const std::shared_ptr<ServiceType> type_;
  mutable std::optional<ejson::Value> arguments_;
};

}  // namespace

Task<bool> RulesAllow(ServiceCallPtr call, std::shared_ptr<ServiceType> type, FunctionExecutor* functions) {
  const ServiceRules* rules = call->code->FindRules(call->service->name());
  if (rules == nullptr) co_return false;
  // The code that `call` holds owns the rules.
  std::vector<const Program*> conditions = rules->ConditionsFor(call->action);
  for (const Program* condition : conditions) {
    Program when = *condition;
    auto environment = std::make_shared<RuleEnvironment>(call, type);
    if (co_await Judge(std::move(when), call, std::move(environment), functions)) co_return true;
  }
  co_return false;
}

}  // namespace overlock::executor
