// Follows the config service's watch for one view.
#ifndef OVERLOCK_SERVICES_CONFIG_VIEW_FOLLOWER_H_
#define OVERLOCK_SERVICES_CONFIG_VIEW_FOLLOWER_H_

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "overlock/config/v1/config_service.pb.h"
#include "services/config/app_registry.h"

namespace overlock::config {

class ViewRecorder;

// Keeps a watch open, beginning again from the last revision whenever it breaks (after 100 ms, growing to 2 s), and
// hands every complete change to `apply`, on `executor`, one at a time and in order. While config is down what was
// applied last stays in force. With a recorder the last state on disk is applied first, and every change is recorded.
// Thread-safe.
class ViewFollower {
 public:
  // `batch` holds all parts of one revision together: `snapshot` says that it is the full state.
  using Apply = std::function<void(const v1::WatchResponse& batch)>;

  // What a service starts from when config is down.
  struct Snapshot {
    // Not started yet; the follower stops it. Null for none.
    std::shared_ptr<ViewRecorder> recorder;
    // Why there is none, for Ready(): `--state_dir is not set`. May be empty.
    std::string missing_because;
  };

  // `registry` and `clock` must outlive the follower and `apply` what it refers to.
  ViewFollower(AppRegistry& registry, v1::View view, boost::asio::any_io_executor executor, Apply apply,
               Snapshot snapshot = {}, const Clock& clock = Clock::Real());
  // Calls Stop().
  ~ViewFollower();

  void Start();
  // No further `apply` begins. What is under way on the loop may still end after this. Blocks until what was applied
  // is on disk, if it can be written.
  void Stop();

  // OK once the first full state has been applied, config's or the one on disk; UNAVAILABLE (`CONFIG_NOT_LOADED`)
  // before, with why there is none on disk. For readiness.
  absl::Status Ready() const;
  // The last revision applied; 0 before the first.
  int64_t revision() const;
  // For how long what is in force may have been out of date: since the watch last broke, or since Start() if it never
  // answered. Zero while a watch that has answered is open, and before Start().
  absl::Duration stale_for() const;

 private:
  struct State;
  static Task<void> Follow(std::shared_ptr<State> state);
  static Task<void> ApplyRecorded(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
  boost::asio::any_io_executor executor_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_VIEW_FOLLOWER_H_
