// When calls are not repeated.
#ifndef OVERLOCK_SERVICES_EDGE_RETRY_THROTTLE_H_
#define OVERLOCK_SERVICES_EDGE_RETRY_THROTTLE_H_

#include <atomic>

namespace overlock::edge {

// Keeps repeated calls from burdening a service in trouble: of many that fail, none is repeated (gRPC's retry
// throttling, gRFC A6). One for each service. Thread-safe.
class RetryThrottle {
 public:
  // A call that might be repeated has failed. Says whether it may be.
  bool MayRetry();
  // A call was answered.
  void Answered();

 private:
  // In tenths, so that ten answers make up for a failure.
  static constexpr int kTokensMax = 1000;
  static constexpr int kTokensOfFailure = 10;
  std::atomic<int> tokens_{kTokensMax};
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_RETRY_THROTTLE_H_
