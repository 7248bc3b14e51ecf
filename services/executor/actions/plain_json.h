// JSON as other companies' servers want it.
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_PLAIN_JSON_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_PLAIN_JSON_H_

#include <string>

#include "common/ejson/value.h"

namespace overlock::executor {

// JSON (RFC 8259) without the wrappers of Extended JSON where JSON has a form of its own: numbers, strings, truth
// values, null, arrays, objects. What is undefined is left out of objects; other types stay wrapped.
std::string ToPlainJson(const ejson::Value& value);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_PLAIN_JSON_H_
