// What users' functions may ask of MongoDB (spec section 11).
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_QUERY_CHECK_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_QUERY_CHECK_H_

#include <optional>
#include <string>
#include <vector>

#include "common/ejson/value.h"

namespace overlock::executor {

// An operator somewhere in the value that users' queries must not have: $where, $text, $regex, $expr, $jsonSchema,
// those of geometry and of bits, and those that run JavaScript; a regular expression counts as $regex. Empty if there
// is none.
std::optional<std::string> FindForbiddenOperator(const ejson::Value& value);

// A stage that users' pipelines must not have, or what is no stage: only those that read nothing but the collection's
// documents are allowed. Empty if all are. `pipeline` must be an array.
std::optional<std::string> FindForbiddenStage(const ejson::Value& pipeline);

// A stage that nobody's pipelines may have, $currentOp or $indexStats, also in the pipelines of stages.
std::optional<std::string> FindStageForNobody(const ejson::Value& pipeline);

// The fields that a query or an order names, each as the parts of its path: `{"a.b": 1, $or: [{c: 2}]}` names a.b and
// c.
void CollectPaths(const ejson::Value& query, std::vector<std::vector<std::string>>& paths);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_QUERY_CHECK_H_
