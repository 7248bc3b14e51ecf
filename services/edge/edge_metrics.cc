#include "services/edge/edge_metrics.h"

#include <string>

namespace overlock::edge {

EdgeMetrics::EdgeMetrics(Metrics& metrics)
    : metrics_(metrics),
      seconds_(metrics.GetHistogram("overlock_edge_request_seconds",
                                    "Time from a request's last head byte to its answer's last byte.",
                                    LatencyBuckets())) {
  for (int i = 0; i < kCauseCount; ++i) {
    refusals_[i] = &metrics.GetCounter("overlock_edge_refusals_total", "Requests not answered by their function.",
                                       {{"cause", std::string(CauseName(static_cast<Cause>(i)))}});
  }
  metrics.AddGauge("overlock_edge_connections", "Open connections.", {},
                   [connections = connections_] { return static_cast<double>(connections->load()); });
}

void EdgeMetrics::CountAnswer(int status, Cause cause, double seconds) {
  seconds_.Observe(seconds);
  if (cause != Cause::kNone) CountRefusal(cause);
  if (status < 0 || status >= kStatusEnd) return;
  Counter* counter = answers_[status].load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter = &metrics_.GetCounter("overlock_edge_requests_total", "Requests by the status of their answer.",
                                   {{"code", std::to_string(status)}});
    answers_[status].store(counter, std::memory_order_release);
  }
  counter->Increment();
}

}  // namespace overlock::edge
