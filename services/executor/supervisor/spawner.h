// Starts worker programs away from the supervisor's loop.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SPAWNER_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SPAWNER_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "services/executor/supervisor/spawn.h"

namespace overlock::executor {

// Who starts a process waits until its program has begun: less than a millisecond, but 10 and more where all processors
// are busy. So a thread of its own waits. Workers end with the thread that started them.
class Spawner {
 public:
  using Done = std::function<void(absl::StatusOr<SpawnedWorker>)>;

  // See SpawnWorker().
  explicit Spawner(std::string binary);
  // What was asked for and has not begun never will, and its `done` is not called.
  ~Spawner();

  // Calls `done` on the spawner's thread. From any thread; one after the other.
  void Start(Done done);

 private:
  void Work();

  const std::string binary_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // ---- Under the mutex.
  std::deque<Done> wanted_;
  bool over_ = false;

  std::thread thread_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SPAWNER_H_
