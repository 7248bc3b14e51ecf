// Whether the rules of a service allow a call (spec sections 1.7, 10 and 12).
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_RULE_JUDGE_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_RULE_JUDGE_H_

#include <memory>

#include "common/async/task.h"
#include "services/executor/actions/service_type.h"
#include "services/executor/function_executor.h"

namespace overlock::executor {

// Whether one of the rules that name the action holds: see Judge(). `call->service` is not null.
Task<bool> RulesAllow(ServiceCallPtr call, std::shared_ptr<ServiceType> type, FunctionExecutor* functions);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_RULE_JUDGE_H_
