// Writing by users, within their rules (spec section 11).
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_USER_WRITES_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_USER_WRITES_H_

#include <string>

#include "common/async/task.h"
#include "services/executor/data/attempt.h"
#include "services/executor/data/user_reads.h"

namespace overlock::executor {

// Each gives the reply to its command. Where a role or a schema depends on the document, each document is read, judged,
// and then written only if it is still the same; another try is made when it is not. The first document that is refused
// ends the operation: of several, those before it stay written, as in MongoDB's ordered writes.

// `insert`: nothing is inserted unless all documents are allowed. Its bytes go to the server as they are.
Task<Attempt<std::string>> InsertAsUser(UserCallPtr user);
Task<Attempt<std::string>> UpdateAsUser(UserCallPtr user);
Task<Attempt<std::string>> DeleteAsUser(UserCallPtr user);
Task<Attempt<std::string>> FindAndModifyAsUser(UserCallPtr user);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_USER_WRITES_H_
