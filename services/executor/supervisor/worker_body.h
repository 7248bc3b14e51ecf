// What runs a worker's loop: a process, or a thread of this one.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_BODY_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_BODY_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "services/executor/channel/status_page.h"
#include "services/executor/supervisor/spawn.h"
#include "services/executor/supervisor/worker_meter.h"

namespace overlock::executor {

// How a worker ended.
struct WorkerExit {
  // The signal that ended the process, or 0.
  int signal = 0;
  // What its program or its loop ended with when there was no signal.
  int code = 0;
  // The kernel ended the process because it had no more memory for it.
  bool out_of_memory = false;
  // It did not end: it is a thread that was told to and goes on. Nobody hears from it any more.
  bool abandoned = false;
};

// Used on the supervisor's loop only.
class WorkerBody {
 public:
  virtual ~WorkerBody() = default;

  // The number of the process or thread, for logs; 0 while it is not known.
  virtual pid_t id() const = 0;
  virtual const WorkerMeter& meter() const = 0;
  // Calls `ended` once, on the loop: when it has ended, by itself or after Kill(), or was abandoned. Call it once.
  virtual void AwaitEnd(std::function<void(WorkerExit)> ended) = 0;
  // What it may have in memory, where that can be said to the kernel; otherwise nothing happens.
  virtual void SetMemoryMax(int64_t /*bytes*/) {}
  // Gives all threads of a process, or the thread, this niceness (setpriority(2)). False if the kernel does not allow
  // it: more than now it always allows, less only to the privileged.
  virtual bool SetNiceness(int niceness) = 0;
  // Ends it by force.
  virtual void Kill() = 0;
  // Ends it by force and waits for that, which is short. `ended` is not called any more.
  virtual void Abandon() = 0;
};

struct StartedWorker {
  std::unique_ptr<WorkerBody> body;
  // Our end of the channel, non-blocking.
  Fd channel;
  std::shared_ptr<StatusPage> page;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_BODY_H_
