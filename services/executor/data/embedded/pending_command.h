// A command on its way through a lane.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_PENDING_COMMAND_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_PENDING_COMMAND_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "services/executor/data/data_source.h"

namespace overlock::executor {

// Answered once: by the lane, by the time limit, or by the caller who has gone. Thread-safe.
class PendingCommand {
 public:
  PendingCommand(std::string source, DataCommand command, std::function<void(DataOutcome)> resume)
      : source(std::move(source)), command(std::move(command)), resume_(std::move(resume)) {}

  const std::string source;
  const DataCommand command;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

  bool answered() const { return state_.load() == kAnswered; }

  // For what must not be undone when it has begun: from now on only the lane answers. False if that was done already.
  bool Claim() { return Advance(kClaimed); }

  // Does nothing if it was answered or claimed.
  void Give(DataOutcome outcome) {
    if (Advance(kAnswered)) resume_(std::move(outcome));
  }

  // After Claim().
  void GiveClaimed(DataOutcome outcome) { resume_(std::move(outcome)); }

 private:
  enum State { kOpen, kClaimed, kAnswered };
  bool Advance(State next) {
    State open = kOpen;
    return state_.compare_exchange_strong(open, next);
  }

  std::atomic<State> state_ = kOpen;
  std::function<void(DataOutcome)> resume_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_PENDING_COMMAND_H_
