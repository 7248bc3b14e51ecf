// How long what a thread sends to MongoDB may take.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_COMMAND_LIMITS_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_COMMAND_LIMITS_H_

#include <mongoc/mongoc.h>

#include <stop_token>

#include "absl/time/time.h"

namespace overlock::executor {

// While one is alive, what this thread waits for on connections that BoundConnections() saw ends at `deadline`, and
// soon after a stop was requested; the connection is closed then. Not to be nested.
class CommandLimits {
 public:
  // `closing` ends all commands of a cluster.
  CommandLimits(absl::Time deadline, std::stop_token stop, std::stop_token closing);
  ~CommandLimits();
  CommandLimits(const CommandLimits&) = delete;
  CommandLimits& operator=(const CommandLimits&) = delete;

  // Whether there is nothing left to wait for.
  bool Over() const;
  absl::Duration TimeLeft() const;

 private:
  const absl::Time deadline_;
  const std::stop_token stop_;
  const std::stop_token closing_;
};

// A last word to the servers of a cluster that is left may take so long.
inline constexpr absl::Duration kGoodbyeMax = absl::Milliseconds(500);

// Puts the client's connections under the limits of the thread that uses them. Before its first command.
void BoundConnections(mongoc_client_t* client);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_COMMAND_LIMITS_H_
