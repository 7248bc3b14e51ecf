// The operations of the collection API and the commands that belong to them.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_ACTIONS_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_ACTIONS_H_

#include <optional>
#include <string>
#include <string_view>

#include "common/ejson/value.h"
#include "services/executor/actions/service_type.h"
#include "services/executor/data/attempt.h"

namespace overlock::executor {

// What a function calls on a collection, a database or a session.
struct DataAction {
  std::string_view name;
  // Names of commands, with a space between them.
  std::string_view commands;
  // It concerns no collection, and users have no rule for it.
  bool system_only = false;
};

// Null if there is none of that name.
const DataAction* FindDataAction(std::string_view name);

// An operation that may be sent to a server.
struct DataOperation {
  std::string database;
  // Empty for a command to a database.
  std::string collection;
  // The command's name.
  std::string command;
};

// Reads what a worker sent. InvalidParameter: the argument is not `{database, collection}`, the command is none of the
// action, of another collection or names a database itself.
Attempt<DataOperation> ReadOperation(const ServiceCall& call, const DataAction& action);

// Why a user must not send it, whatever the rules say: a field that users have no use for, a session, a forbidden
// operator. Empty if there is no reason.
std::optional<ServiceFailure> RefuseAsUser(const ServiceCall& call, const ejson::Value& command);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_ACTIONS_H_
