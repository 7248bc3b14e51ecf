// Reads the argument documents of actions.
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_ARGUMENTS_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_ARGUMENTS_H_

#include <optional>
#include <string>
#include <string_view>

#include "common/ejson/value.h"

namespace overlock::executor::aws {

// A member that is a string; empty without one.
std::string TextOf(const ejson::Value& document, std::string_view key);
// A member that is a string or Binary: its bytes; none without one.
std::optional<std::string> BytesOf(const ejson::Value& document, std::string_view key);
// A member that is a number; none without one.
std::optional<double> NumberOf(const ejson::Value& document, std::string_view key);

}  // namespace overlock::executor::aws

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_ARGUMENTS_H_
