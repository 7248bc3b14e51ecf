// What the edge counts.
#ifndef OVERLOCK_SERVICES_EDGE_EDGE_METRICS_H_
#define OVERLOCK_SERVICES_EDGE_EDGE_METRICS_H_

#include <array>
#include <atomic>
#include <memory>

#include "common/telemetry/metrics.h"
#include "services/edge/problem.h"

namespace overlock::edge {

// Thread-safe, no lock after the first answer with a status.
class EdgeMetrics {
 public:
  // `metrics` must outlive this.
  explicit EdgeMetrics(Metrics& metrics);

  // An answer was sent; `seconds` from its request's last head byte.
  void CountAnswer(int status, Cause cause, double seconds);
  // A connection was refused before any request.
  void CountRefusal(Cause cause) { refusals_[static_cast<size_t>(cause)]->Increment(); }
  // Open connections; the gauge reads it.
  std::atomic<int>& connections() { return *connections_; }

 private:
  static constexpr int kStatusEnd = 600;

  Metrics& metrics_;
  Histogram& seconds_;
  std::array<Counter*, kCauseCount> refusals_;
  std::array<std::atomic<Counter*>, kStatusEnd> answers_{};
  // Shared with the gauge, which lives as long as the process.
  std::shared_ptr<std::atomic<int>> connections_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_EDGE_METRICS_H_
