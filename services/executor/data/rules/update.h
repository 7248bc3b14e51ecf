// What an update makes of a document, so that rules and schemas see it before it is written.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_UPDATE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_UPDATE_H_

#include "absl/status/statusor.h"
#include "common/ejson/value.h"

namespace overlock::executor {

// The document after MongoDB's update: a replacement, or operators of $set, $unset, $inc, $mul, $min, $max, $rename,
// $push (with $each alone), $addToSet (with $each), $pop, $pull (of equal values), $pullAll, $currentDate, and, when
// `is_insert`, $setOnInsert. $currentDate counts as now. INVALID_ARGUMENT (`UPDATE_UNSUPPORTED`): another operator or
// form, a path with `$`; or one that MongoDB would refuse, too, as $inc of a text.
absl::StatusOr<ejson::Value> ApplyUpdate(const ejson::Value& document, const ejson::Value& update, bool is_insert);

// The document that an upsert begins with: the fields that the query says are equal to something.
ejson::Value SeedOf(const ejson::Value& query);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_RULES_UPDATE_H_
