// Where the documents of functions are (spec section 11).
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_SOURCE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_SOURCE_H_

#include <cstdint>
#include <string>
#include <variant>

#include "common/async/call_context.h"
#include "common/async/task.h"

namespace overlock::executor {

// One command to one database, as MongoDB's drivers send it.
struct DataCommand {
  std::string database;
  // A BSON document whose first field names the command, e.g. `{find: "orders", filter: {…}}`.
  std::string command;
  // The command is given up at its deadline, or when stop is requested.
  CallContext context;
};

// The server's answer, a BSON document with `ok: 1`; write errors of single documents stand in it (`writeErrors`).
struct DataReply {
  std::string reply;
};

// The command failed as a whole.
struct DataError {
  // MongoDB's error code, e.g. 11000; 0 where no server answered.
  int32_t code = 0;
  // Its name, e.g. `DuplicateKey`; empty where no server answered.
  std::string code_name;
  // For the function's author; holds no credential.
  std::string message;
};

using DataOutcome = std::variant<DataReply, DataError>;

// Speaks MongoDB commands. Used on the supervisor's loop only, and never blocks it.
class DataSource {
 public:
  virtual ~DataSource() = default;

  // Runs it. Ends by the command's deadline.
  virtual Task<DataOutcome> Run(DataCommand command) = 0;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_DATA_SOURCE_H_
