// Evaluates expressions of rules on behalf of a call (spec section 10).
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_EXPRESSION_JUDGE_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_EXPRESSION_JUDGE_H_

#include <memory>
#include <string_view>

#include "common/async/task.h"
#include "common/expression/program.h"
#include "common/request_environment/request_environment.h"
#include "services/executor/actions/service_type.h"
#include "services/executor/function_executor.h"

namespace overlock::executor {

// What names stand for in a rule: the call's user and request, the application's values. One evaluation's.
class CallEnvironment : public expression::RequestEnvironment {
 public:
  explicit CallEnvironment(ServiceCallPtr call);

 protected:
  const ServiceCall& call() const { return *call_; }

 private:
  const ServiceCallPtr call_;
};

// Whether the expression is true. A `%function` runs on `functions` as the system user: no rule is asked about what it
// calls, so rules never wait for themselves. When it fails, or `functions` is null, the expression is false. Whatever
// goes wrong is false.
Task<bool> Judge(expression::Program program, ServiceCallPtr call, std::shared_ptr<CallEnvironment> environment,
                 FunctionExecutor* functions);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_EXPRESSION_JUDGE_H_
