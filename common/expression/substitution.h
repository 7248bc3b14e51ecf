// Documents in which expansions stand for values: the queries of filters (spec section 11).
#ifndef OVERLOCK_COMMON_EXPRESSION_SUBSTITUTION_H_
#define OVERLOCK_COMMON_EXPRESSION_SUBSTITUTION_H_

#include "absl/status/statusor.h"
#include "common/ejson/value.h"
#include "common/expression/environment.h"
#include "common/expression/program.h"

namespace overlock::expression {

// A copy of the document with each string that is an expansion (`%%user.id`) replaced by its value, each conversion
// (`{"%stringToOid": "%%user.id"}`) by what it gives, and each operator that is written `%gt` renamed to MongoDB's
// `$gt`. Recursive, as deep as the document. FAILED_PRECONDITION if an expansion has no value, INVALID_ARGUMENT if it
// does not parse: the message begins with the path to it, `owner: `.
absl::StatusOr<ejson::Value> Substitute(const ejson::Value& value, Place place, const Environment& environment);

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_SUBSTITUTION_H_
