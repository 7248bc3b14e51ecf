// Projections that are applied here, because rules needed the whole document.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_PROJECTION_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_PROJECTION_H_

#include <string>

#include "common/ejson/value.h"

namespace overlock::executor {

// Why MongoDB's projection cannot be applied here: only fields that are wanted, or only ones that are not wanted, with
// 1, 0, true or false. Empty if it can.
std::string FindProjectionFault(const ejson::Value& projection);

// What the projection, which has no fault, leaves of the document. An empty one leaves all.
ejson::Value Project(const ejson::Value& document, const ejson::Value& projection);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_PROJECTION_H_
