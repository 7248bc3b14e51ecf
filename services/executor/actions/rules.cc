#include "services/executor/actions/rules.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "common/telemetry/log.h"

namespace overlock::executor {
namespace {

bool Names(std::string_view name, std::string_view action) {
  if (name == action) return true;
  if (!name.ends_with(":*")) return false;
  // `s3:*` and `s3:PutObject` have `s3:` in common.
  name.remove_suffix(1);
  return action.size() > name.size() && action.starts_with(name);
}

}  // namespace

ServiceRules::ServiceRules(const std::string& app_id, const config::v1::ExecutorView::Service& service) {
  for (const config::v1::ServiceRule& rule : service.rules()) {
    if (rule.actions().empty()) continue;
    std::string_view when = rule.when_json().empty() ? std::string_view("{}") : rule.when_json();
    absl::StatusOr<expression::Program> program = expression::Program::Parse(when, expression::Place::kServiceRule);
    if (!program.ok()) {
      log::Error("a rule allows nothing: its `when` does not parse", {{"app_id", app_id},
                                                                      {"service_name", service.name()},
                                                                      {"rule", rule.name()},
                                                                      {"error", program.status().message()}});
      continue;
    }
    rules_.push_back({{rule.actions().begin(), rule.actions().end()}, *std::move(program)});
  }
}

std::vector<const expression::Program*> ServiceRules::ConditionsFor(std::string_view action) const {
  std::vector<const expression::Program*> conditions;
  for (const Rule& rule : rules_) {
    bool named = std::any_of(rule.actions.begin(), rule.actions.end(),
                             [action](const std::string& name) { return Names(name, action); });
    if (named) conditions.push_back(&rule.when);
  }
  return conditions;
}

}  // namespace overlock::executor
