#include "services/executor/supervisor/supervisor_metrics.h"

#include <string>

#include "services/executor/supervisor/worker_thread.h"

namespace overlock::executor {
namespace {

constexpr std::string_view kStates[] = {"starting", "spare", "idle", "running", "busy", "ending"};

// Constants, so that they can be keys.
std::string_view OutcomeOf(v1::Failure::Kind kind) {
  switch (kind) {
    case v1::Failure::KIND_THREW:
      return "threw";
    case v1::Failure::KIND_SYNTAX_ERROR:
      return "syntax_error";
    case v1::Failure::KIND_RUN_TIME_LIMIT:
      return "run_time_limit";
    case v1::Failure::KIND_CPU_TIME_LIMIT:
      return "cpu_time_limit";
    case v1::Failure::KIND_MEMORY_LIMIT:
      return "memory_limit";
    case v1::Failure::KIND_PENDING_OPERATIONS_LIMIT:
      return "pending_operations_limit";
    case v1::Failure::KIND_ANSWER_SIZE_LIMIT:
      return "answer_size_limit";
    case v1::Failure::KIND_WORKER_LOST:
      return "worker_lost";
    case v1::Failure::KIND_BAD_PAYLOAD:
      return "bad_payload";
    default:
      return "unspecified";
  }
}

// Null if it is no limit. Constants, as above.
const char* LimitOf(v1::Failure::Kind kind) {
  switch (kind) {
    case v1::Failure::KIND_RUN_TIME_LIMIT:
      return "run_time";
    case v1::Failure::KIND_CPU_TIME_LIMIT:
      return "cpu_time";
    case v1::Failure::KIND_MEMORY_LIMIT:
      return "memory";
    case v1::Failure::KIND_PENDING_OPERATIONS_LIMIT:
      return "pending_operations";
    case v1::Failure::KIND_ANSWER_SIZE_LIMIT:
      return "answer_bytes";
    default:
      return nullptr;
  }
}

std::string_view OutcomeOf(const v1::ExecuteResponse& response) {
  switch (response.outcome_case()) {
    case v1::ExecuteResponse::kResponse:
      return "response";
    case v1::ExecuteResponse::kReturned:
      return "returned";
    case v1::ExecuteResponse::kFailure:
      return OutcomeOf(response.failure().kind());
    case v1::ExecuteResponse::OUTCOME_NOT_SET:
      break;
  }
  return "unspecified";
}

std::string_view OutcomeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kResourceExhausted:
      return "refused_over_share";
    case absl::StatusCode::kUnavailable:
      return "refused_full";
    case absl::StatusCode::kCancelled:
      return "cancelled";
    default:
      return "error";
  }
}

Counter& ColdStartCounter(Metrics& metrics, const char* what) {
  return metrics.GetCounter("overlock_executor_cold_starts_total",
                            "Heaps of applications and contexts of functions that had to be made for an invocation.",
                            {{"of", what}});
}

}  // namespace

SupervisorMetrics::SupervisorMetrics(Metrics& metrics)
    : metrics_(metrics),
      seconds_(metrics.GetHistogram("overlock_executor_seconds", "From acceptance to answer.", LatencyBuckets())),
      moved_(metrics.GetCounter("overlock_executor_moved_total",
                                "Invocations taken back from a worker before it began them.")),
      held_up_(metrics.GetCounter("overlock_executor_held_up_total",
                                  "Times that a function kept waiting invocations of other applications for long.")),
      application_starts_(ColdStartCounter(metrics, "application")),
      function_starts_(ColdStartCounter(metrics, "function")),
      gauges_(std::make_shared<Gauges>()) {
  for (size_t i = 0; i < std::size(kStates); ++i) {
    metrics.AddGauge("overlock_executor_workers", "Workers by state.", {{"state", std::string(kStates[i])}},
                     [gauges = gauges_, i] { return static_cast<double>(gauges->workers[i].load()); });
  }
  metrics.AddGauge("overlock_executor_abandoned_threads", "Workers that are threads, were told to end and still run.",
                   {}, [] { return static_cast<double>(WorkerThread::abandoned()); });
  metrics.AddGauge("overlock_executor_queue_items", "Invocations that wait for a worker.", {},
                   [gauges = gauges_] { return static_cast<double>(gauges->queue_items.load()); });
  metrics.AddGauge("overlock_executor_in_flight", "Invocations that are accepted and not answered yet.", {},
                   [gauges = gauges_] { return static_cast<double>(gauges->in_flight.load()); });
  metrics.AddGauge("overlock_executor_isolates", "Heaps of applications that workers keep.", {},
                   [gauges = gauges_] { return static_cast<double>(gauges->isolates.load()); });
  metrics.AddGauge("overlock_executor_heap_bytes", "What the heaps and array buffers of applications hold.", {},
                   [gauges = gauges_] { return static_cast<double>(gauges->heap_bytes.load()); });
}

Counter& SupervisorMetrics::Outcome(std::string_view outcome) {
  Counter*& counter = outcomes_[outcome];
  if (counter == nullptr) {
    counter = &metrics_.GetCounter("overlock_executor_invocations_total", "Invocations by how they ended.",
                                   {{"outcome", std::string(outcome)}});
  }
  return *counter;
}

void SupervisorMetrics::Answered(const v1::ExecuteResponse& response, double seconds) {
  Outcome(OutcomeOf(response)).Increment();
  seconds_.Observe(seconds);
  if (const char* limit = LimitOf(response.failure().kind())) LimitHit(limit);
  if (response.usage().console_cut()) LimitHit("console");
}

void SupervisorMetrics::LimitHit(const char* limit) {
  metrics_
      .GetCounter("overlock_executor_limit_hits_total", "Invocations that ran into a limit of their application.",
                  {{"limit", limit}})
      .Increment();
}

void SupervisorMetrics::Refused(const absl::Status& status) { Outcome(OutcomeOf(status)).Increment(); }

void SupervisorMetrics::WorkerEnded(std::string_view cause) {
  metrics_
      .GetCounter("overlock_executor_worker_restarts_total", "Workers that ended and were replaced.",
                  {{"cause", std::string(cause)}})
      .Increment();
}

void SupervisorMetrics::IsolateDropped(worker::v1::IsolateDropped::Cause cause) {
  const char* label = cause == worker::v1::IsolateDropped::CAUSE_BUDGET ? "budget" : "limit";
  metrics_
      .GetCounter("overlock_executor_isolates_dropped_total", "Applications whose heap a worker gave up.",
                  {{"cause", label}})
      .Increment();
}

void SupervisorMetrics::SetHeaps(const Heaps& heaps) {
  gauges_->isolates.store(heaps.isolates, std::memory_order_relaxed);
  gauges_->heap_bytes.store(heaps.bytes, std::memory_order_relaxed);
}

void SupervisorMetrics::CountColdStarts(const ColdStarts& starts) {
  application_starts_.Increment(starts.applications);
  function_starts_.Increment(starts.functions);
}

void SupervisorMetrics::SetWorkers(const StateCounts& counts) {
  for (size_t i = 0; i < counts.size(); ++i) gauges_->workers[i].store(counts[i], std::memory_order_relaxed);
}

}  // namespace overlock::executor
