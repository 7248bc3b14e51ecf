// A clock that stands still until it is told to go on. For tests only.
#ifndef OVERLOCK_COMMON_TESTING_FAKE_CLOCK_H_
#define OVERLOCK_COMMON_TESTING_FAKE_CLOCK_H_

#include <atomic>

#include "common/async/clock.h"

namespace overlock {

// Thread-safe.
class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixNanos(nanos_.load()); }
  void Advance(absl::Duration by) { nanos_ += absl::ToInt64Nanoseconds(by); }

 private:
  std::atomic<int64_t> nanos_{1'600'000'000'000'000'000};
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TESTING_FAKE_CLOCK_H_
