// The rules of a service (spec section 1.7), parsed.
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_RULES_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/expression/program.h"
#include "overlock/config/v1/view.pb.h"

namespace overlock::executor {

// Immutable; thread-safe.
class ServiceRules {
 public:
  // A `when` that does not parse never holds; a line in the log says so.
  ServiceRules(const std::string& app_id, const config::v1::ExecutorView::Service& service);

  // Under which conditions the action is allowed, any one of them being enough, in the order of the rules; none when no
  // rule names it. A rule names `s3:PutObject` as that or, with all other actions of the same API, as `s3:*`. They
  // live as long as this.
  std::vector<const expression::Program*> ConditionsFor(std::string_view action) const;

 private:
  struct Rule {
    std::vector<std::string> actions;
    expression::Program when;
  };
  std::vector<Rule> rules_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_RULES_H_
