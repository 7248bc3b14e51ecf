// The timers of all invocations of a worker.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_TIMER_QUEUE_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_TIMER_QUEUE_H_

#include <v8-function.h>
#include <v8-persistent-handle.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace overlock::executor::js {

// Ordered by time, then by the order in which they were set. The JavaScript thread's.
class TimerQueue {
 public:
  struct Timer {
    uint64_t id = 0;
    // Whose it is.
    uint64_t sequence = 0;
    int64_t due_ns = 0;
    // Negative: it does not repeat.
    int64_t period_ns = -1;
    // Its invocation does not end before it.
    bool awaited = true;
    v8::Global<v8::Function> fire;
  };

  // Gives the timer's id, which is not 0 and never used again.
  uint64_t Add(Timer timer);
  // Puts a timer that was taken back with a new time, under its id.
  void Return(Timer timer);
  // Null if there is none. Valid until the queue changes.
  Timer* Find(uint64_t id);
  void Remove(uint64_t id);
  void RemoveAllOf(uint64_t sequence);
  // Takes the next timer that is due.
  std::optional<Timer> TakeDue(int64_t now_ns);
  // INT64_MAX without timers.
  int64_t next_due_ns() const { return order_.empty() ? std::numeric_limits<int64_t>::max() : order_.begin()->first; }

 private:
  uint64_t last_id_ = 0;
  absl::flat_hash_map<uint64_t, Timer> timers_;
  std::set<std::pair<int64_t, uint64_t>> order_;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_TIMER_QUEUE_H_
