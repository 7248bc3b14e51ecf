// Time, as something that a test can hold still.
#ifndef OVERLOCK_COMMON_ASYNC_CLOCK_H_
#define OVERLOCK_COMMON_ASYNC_CLOCK_H_

#include "absl/time/time.h"

namespace overlock {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
  // The machine's clock. Lives for ever.
  static const Clock& Real();
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_ASYNC_CLOCK_H_
