// One command, sent and waited for.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_SEND_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_SEND_H_

#include <mongoc/mongoc.h>

#include <cstdint>
#include <memory>
#include <string>

#include "services/executor/data/data_source.h"
#include "services/executor/data/mongoc/command.h"
#include "services/executor/data/mongoc/command_limits.h"
#include "services/executor/data/mongoc/connection.h"

namespace overlock::executor {

struct DestroyReadPreference {
  void operator()(mongoc_read_prefs_t* preference) const { mongoc_read_prefs_destroy(preference); }
};
// Null for the connection string's own.
using ReadPreference = std::shared_ptr<const mongoc_read_prefs_t>;

// A cursor that is open at a server.
struct ServerCursor {
  OpenCursor cursor;
  uint32_t server = 0;
};

struct Answer {
  DataOutcome outcome;
  // What the answer leaves open; its id is 0 without.
  ServerCursor left_open;
};

// Blocks, within the limits of the thread. `server` is the one that must answer; 0 for any that fits. A read is tried
// again by the driver, a write by us where servers remember it by its number, each once. The server is told to give up
// in time.
Answer Send(Connection& connection, const DataCommand& command, const CommandHead& head,
            const ReadPreference& read_preference, uint32_t server, const CommandLimits& limits);

// Closes a cursor at its server. True when the server says so.
bool CloseCursor(Connection& connection, const ServerCursor& cursor);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_SEND_H_
