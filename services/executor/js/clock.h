// The clocks of a worker, in nanoseconds.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_CLOCK_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_CLOCK_H_

#include <time.h>

#include <cstdint>

namespace overlock::executor::js {

inline int64_t ReadClock(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// The clock of status pages; no system call.
inline int64_t MonotonicNanos() { return ReadClock(CLOCK_MONOTONIC); }

// What the calling thread has used of a processor; a system call.
inline int64_t ThreadCpuNanos() { return ReadClock(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_CLOCK_H_
