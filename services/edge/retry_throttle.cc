#include "services/edge/retry_throttle.h"

#include <algorithm>

namespace overlock::edge {

bool RetryThrottle::MayRetry() {
  int before = tokens_.load(std::memory_order_relaxed);
  int after = 0;
  do {
    after = std::max(before - kTokensOfFailure, 0);
  } while (!tokens_.compare_exchange_weak(before, after, std::memory_order_relaxed));
  return after > kTokensMax / 2;
}

void RetryThrottle::Answered() {
  int before = tokens_.load(std::memory_order_relaxed);
  while (before < kTokensMax && !tokens_.compare_exchange_weak(before, before + 1, std::memory_order_relaxed)) {
  }
}

}  // namespace overlock::edge
