// What the edge counts.
#ifndef OVERLOCK_SERVICES_EDGE_EDGE_METRICS_H_
#define OVERLOCK_SERVICES_EDGE_EDGE_METRICS_H_

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "common/telemetry/metrics.h"
#include "services/edge/problem.h"
#include "services/edge/router.h"

namespace overlock::edge {

// Of one webhook or endpoint.
struct HookCounters {
  // By the first digit of the status, from 2.
  std::array<Counter*, 4> answers;
  Histogram* seconds;
};

// Thread-safe, no lock after the first answer with a status and the first of a hook at a revision.
class EdgeMetrics {
 public:
  // `metrics` must outlive this. Webhooks and endpoints beyond `hooks_max` are counted together, as `other`.
  EdgeMetrics(Metrics& metrics, int hooks_max);

  // An answer was sent; `seconds` from its request's last head byte.
  void CountAnswer(int status, Cause cause, double seconds);
  // The same, of a request that found its webhook or endpoint.
  void CountHookAnswer(const std::string& app_id, const Route& route, int status, double seconds);
  // A connection was refused before any request.
  void CountRefusal(Cause cause) { refusals_[static_cast<size_t>(cause)]->Increment(); }
  // Open connections; the gauge reads it.
  std::atomic<int>& connections() { return *connections_; }

 private:
  static constexpr int kStatusEnd = 600;

  HookCounters* FindHook(const std::string& app_id, const Route& route);
  HookCounters MakeHook(const std::string& app_id, const std::string& hook);

  Metrics& metrics_;
  Histogram& seconds_;
  std::array<Counter*, kCauseCount> refusals_;
  std::array<std::atomic<Counter*>, kStatusEnd> answers_{};
  const int hooks_max_;
  std::mutex hooks_mutex_;
  // By application and hook. The values stay where they are.
  std::map<std::pair<std::string, std::string>, HookCounters> hooks_;
  // Shared with the gauge, which lives as long as the process.
  std::shared_ptr<std::atomic<int>> connections_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_EDGE_METRICS_H_
