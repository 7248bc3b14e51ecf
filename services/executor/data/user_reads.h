// Reading by users, within their rules (spec section 11).
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_USER_READS_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_USER_READS_H_

#include <memory>
#include <string>
#include <variant>

#include "common/async/task.h"
#include "common/ejson/value.h"
#include "services/executor/data/attempt.h"
#include "services/executor/data/bson_documents.h"
#include "services/executor/data/visible_documents.h"

namespace overlock::executor {

// An operation of a user on a collection. Immutable, but for what `rules` remember.
struct UserCall {
  ServiceCallPtr call;
  DataTarget target;
  std::shared_ptr<RuleEvaluation> rules;
  // What the function asked for.
  ejson::Value command;
};
using UserCallPtr = std::shared_ptr<const UserCall>;

// The rest of a result, of which the function has a part. Used on the supervisor's loop only; outlives its tasks.
class UserCursor {
 public:
  virtual ~UserCursor() = default;
  // The next part; its `id` is zero if there is no more.
  virtual Task<Attempt<CursorReply>> NextBatch() = 0;
  virtual Task<void> Close() = 0;
};
using UserCursorPtr = std::shared_ptr<UserCursor>;

// `find`. Rules are asked as its documents are.
Task<Attempt<UserCursorPtr>> FindAsUser(UserCallPtr user);
// `aggregate`: for users who can read the whole collection, with stages that read nothing else.
Task<Attempt<UserCursorPtr>> AggregateAsUser(UserCallPtr user);
// `count` and `distinct`: the reply.
Task<Attempt<std::string>> CountAsUser(UserCallPtr user);
Task<Attempt<std::string>> DistinctAsUser(UserCallPtr user);
// The pipeline of countDocuments(): $match, $skip, $limit, and a $group that counts.
Task<Attempt<std::string>> CountDocumentsAsUser(UserCallPtr user);

// A field of the command; undefined without it.
ejson::Value FieldOf(const ejson::Value& command, std::string_view name);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_USER_READS_H_
