// What the executor measures.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SUPERVISOR_METRICS_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SUPERVISOR_METRICS_H_

#include <array>
#include <atomic>
#include <memory>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "common/telemetry/metrics.h"
#include "overlock/executor/v1/executor_service.pb.h"
#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/supervisor/worker_heaps.h"

namespace overlock::executor {

// The states of a worker, as the metric tells them.
enum class WorkerState { kStarting, kSpare, kIdle, kRunning, kBusy, kEnding, kCount };

// Written on the supervisor's loop.
class SupervisorMetrics {
 public:
  using StateCounts = std::array<int, static_cast<size_t>(WorkerState::kCount)>;

  // `metrics` must outlive it.
  explicit SupervisorMetrics(Metrics& metrics);

  void Answered(const v1::ExecuteResponse& response, double seconds);
  void Refused(const absl::Status& status);
  void Moved(size_t count) { moved_.Increment(count); }
  void HeldUp() { held_up_.Increment(); }
  void WorkerEnded(std::string_view cause);
  void IsolateDropped(worker::v1::IsolateDropped::Cause cause);
  void SetWorkers(const StateCounts& counts);
  void SetHeaps(const Heaps& heaps);
  void CountColdStarts(const ColdStarts& starts);
  // Accepted and not answered yet.
  void SetInFlight(int items) { gauges_->in_flight.store(items, std::memory_order_relaxed); }
  void SetQueueItems(int items) { gauges_->queue_items.store(items, std::memory_order_relaxed); }

 private:
  // Read when the metrics are served, which may be after the supervisor is gone.
  struct Gauges {
    std::array<std::atomic<int>, static_cast<size_t>(WorkerState::kCount)> workers{};
    std::atomic<int> in_flight{0};
    std::atomic<int> queue_items{0};
    std::atomic<int64_t> isolates{0};
    std::atomic<int64_t> heap_bytes{0};
  };

  void LimitHit(const char* limit);
  Counter& Outcome(std::string_view outcome);

  Metrics& metrics_;
  Histogram& seconds_;
  Counter& moved_;
  Counter& held_up_;
  Counter& application_starts_;
  Counter& function_starts_;
  const std::shared_ptr<Gauges> gauges_;
  absl::flat_hash_map<std::string_view, Counter*> outcomes_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SUPERVISOR_METRICS_H_
