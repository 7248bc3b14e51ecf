#include "services/executor/actions/service_actions.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/executor/actions/rule_judge.h"

namespace overlock::executor {
namespace {

constexpr std::string_view kUnknown = "unknown";

std::string NameOf(const ServiceCall& call) {
  return call.service == nullptr ? "context.http" : absl::StrCat("service '", call.service->name(), "'");
}

}  // namespace

void ServiceActions::Register(std::string_view type_name, std::shared_ptr<ServiceType> type) {
  types_.insert_or_assign(type_name, Entry{type_name.empty() ? "network" : type_name, std::move(type)});
}

void ServiceActions::UseFunctions(FunctionExecutor& functions) {
  functions_ = &functions;
  for (auto& [name, entry] : types_) entry.type->UseFunctions(functions);
}

const ServiceActions::Entry* ServiceActions::Find(const ServiceCall& call) const {
  auto it = types_.find(call.service == nullptr ? kNetwork : std::string_view(call.service->type()));
  return it == types_.end() ? nullptr : &it->second;
}

ServiceActions::MetricNames ServiceActions::NamesOf(const ServiceCall& call) const {
  const Entry* entry = Find(call);
  if (entry == nullptr) return {kUnknown, kUnknown};
  std::string_view action = entry->type->KnownAction(call.action);
  return {entry->metric_name, action.empty() ? kUnknown : action};
}

std::string ServiceActions::SubjectOf(const ServiceCall& call) const {
  const Entry* entry = Find(call);
  return entry == nullptr ? "" : entry->type->SubjectOf(call);
}

Task<ServiceOutcome> ServiceActions::Call(ServiceCallPtr call) {
  const Entry* entry = Find(*call);
  if (entry == nullptr || entry->type->KnownAction(call->action).empty()) {
    co_return ServiceFailure{"ServiceCommandNotFound",
                             absl::StrCat(NameOf(*call), " has no action '", call->action, "'")};
  }
  std::shared_ptr<ServiceType> type = entry->type;
  if (call->service != nullptr && !type->HasOwnRules() && !RunsAsSystem(*call)) {
    bool allowed = co_await RulesAllow(call, type, functions_);
    if (!allowed) {
      co_return ServiceFailure{"NoMatchingRuleFound", absl::StrCat("no matching rule found for action '", call->action,
                                                                   "' of ", NameOf(*call))};
    }
  }
  co_return co_await type->Call(std::move(call));
}

}  // namespace overlock::executor
