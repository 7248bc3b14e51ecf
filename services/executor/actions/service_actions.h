// Gives what functions ask of services to those who do it (spec sections 1.7, 9.3 and 12).
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_SERVICE_ACTIONS_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_SERVICE_ACTIONS_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "common/async/task.h"
#include "services/executor/actions/service_type.h"
#include "services/executor/function_executor.h"

namespace overlock::executor {

// Gives each call to the type of its service, once a rule allows it. Used on the supervisor's loop only.
class ServiceActions {
 public:
  // The type of calls that concern no service.
  static constexpr std::string_view kNetwork = "";

  // Makes a type known by its name in `Service::type`, or kNetwork. The name must live for ever. Before the first call.
  void Register(std::string_view type_name, std::shared_ptr<ServiceType> type);

  // Where rules run their `%function`s; without it they are false. Before the first call; must outlive the last.
  void UseFunctions(FunctionExecutor& functions);

  // Constants that stand for type and action in metrics; `unknown` for what there is not.
  struct MetricNames {
    std::string_view type;
    std::string_view action;
  };
  MetricNames NamesOf(const ServiceCall& call) const;
  // What the call is about, for the log; empty where its type does not say.
  std::string SubjectOf(const ServiceCall& call) const;

  // Failures of its own: `ServiceCommandNotFound` (the type or the action does not exist), `NoMatchingRuleFound` (no
  // rule of the service allows it). Otherwise what the type says.
  Task<ServiceOutcome> Call(ServiceCallPtr call);

 private:
  struct Entry {
    std::string_view metric_name;
    std::shared_ptr<ServiceType> type;
  };
  // Null if there is none.
  const Entry* Find(const ServiceCall& call) const;

  absl::flat_hash_map<std::string_view, Entry> types_;
  FunctionExecutor* functions_ = nullptr;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_SERVICE_ACTIONS_H_
