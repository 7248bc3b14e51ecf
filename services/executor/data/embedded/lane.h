// A thread that runs commands on the embedded database, one after the other.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_LANE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_LANE_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "common/async/clock.h"
#include "services/executor/data/embedded/document_engine.h"
#include "services/executor/data/embedded/pending_command.h"
#include "services/executor/data/embedded/sqlite_connection.h"

namespace overlock::executor {

// Thread-safe. The destructor ends what runs and refuses what waits.
class Lane {
 public:
  struct Options {
    DocumentEnginesSource find_engines;
    EngineLimits engine_limits;
    size_t queue_items_max = 0;
    const Clock* clock = nullptr;
  };
  // `writer` is shared by all lanes of a file and must outlive them.
  Lane(std::unique_ptr<SqliteConnection> connection, std::timed_mutex& writer, Options options);
  ~Lane();

  // Answers with an error at once if too many commands wait.
  void Post(std::shared_ptr<PendingCommand> command);
  // Ends the command if it is the one that runs.
  void Interrupt(const PendingCommand& command);

 private:
  void Work();
  // Null, and the command has been told why, if there is none.
  std::unique_ptr<DocumentEngines> MakeEngines(PendingCommand& pending);
  void RunOne(DocumentEngines& engines, PendingCommand& pending);

  const std::unique_ptr<SqliteConnection> connection_;
  std::timed_mutex& writer_;
  const Options options_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<PendingCommand>> queue_;
  const PendingCommand* running_ = nullptr;
  bool stopping_ = false;
  // Read while a command runs; true ends it.
  std::atomic<bool> interrupt_ = false;
  std::thread thread_;
};

// MongoDB's errors for what is not the command's fault.
DataError TimeLimitError();
DataError InterruptedError();

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_LANE_H_
