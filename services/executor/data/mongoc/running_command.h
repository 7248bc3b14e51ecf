// A command that somebody waits for.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_RUNNING_COMMAND_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_RUNNING_COMMAND_H_

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "services/executor/data/data_source.h"
#include "services/executor/data/mongoc/command.h"
#include "services/executor/data/mongoc/connection.h"
#include "services/executor/data/mongoc/send.h"

namespace overlock::executor {

using StopCallback = std::stop_callback<std::function<void()>>;

// From when it is asked for until its thread is done with it, even if nobody waits any more. Used on the loop, and by
// its thread between start and finish, which does not touch what is marked as the loop's.
struct RunningCommand {
  RunningCommand(boost::asio::any_io_executor loop, std::string app_id, ReadPreference read_preference,
                 DataCommand command)
      : app_id(std::move(app_id)),
        read_preference(std::move(read_preference)),
        command(std::move(command)),
        timer(std::move(loop)) {}

  // Tells who waits; the first outcome counts. The loop's.
  void Resume(DataOutcome outcome) {
    if (!resume) return;
    timer.cancel();
    std::exchange(resume, nullptr)(std::move(outcome));
  }
  bool IsWanted() const { return resume != nullptr; }

  const std::string app_id;
  const ReadPreference read_preference;
  const DataCommand command;
  // Its views are of `command`.
  CommandHead head;

  // The loop's.
  std::function<void(DataOutcome)> resume;
  boost::asio::steady_timer timer;
  std::unique_ptr<StopCallback> on_stop;
  bool has_cursor_slot = false;

  // A cursor's, or what the command gets when it starts; empty if there was none to be had.
  std::optional<Connection> connection;
  uint32_t server = 0;
  // The connection is a session's, with its transaction, and goes back to it.
  bool in_session = false;
  // What kKillCursors closes, with their connections.
  std::vector<std::pair<Connection, ServerCursor>> to_close;
  Answer answer;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_RUNNING_COMMAND_H_
