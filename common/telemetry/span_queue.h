// Spans that wait to be exported.
#ifndef OVERLOCK_COMMON_TELEMETRY_SPAN_QUEUE_H_
#define OVERLOCK_COMMON_TELEMETRY_SPAN_QUEUE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "common/telemetry/metrics.h"
#include "common/telemetry/span.h"

namespace overlock {

// Bounded: what finds it full is dropped and counted, `overlock_trace_spans_total{outcome="queue_full"}`. Its lock is
// held for as long as a pointer takes to move. Thread-safe.
class SpanQueue : public SpanRecorder {
 public:
  // Of the traces that begin here, `sample_ratio` (0 to 1) are recorded; which, their ids decide, so that all processes
  // with the same ratio decide alike. `metrics` must outlive it.
  SpanQueue(double sample_ratio, size_t spans_max, Metrics& metrics);

  bool Samples(const TraceContext& begun) const override;
  void Record(std::unique_ptr<SpanData> span) override;

  // `wake` is called, on the thread that recorded, each time when `spans` have gathered. Before the first span.
  void WakeAt(size_t spans, std::function<void()> wake);
  // Up to `spans_max`, oldest first.
  std::vector<std::unique_ptr<SpanData>> Take(size_t spans_max);
  size_t size() const;

 private:
  // Of the 2^56 values that the random part of an id can have, those below it are recorded.
  const uint64_t threshold_;
  const size_t spans_max_;
  Counter& dropped_;
  size_t wake_at_ = 0;
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<SpanData>> spans_;
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TELEMETRY_SPAN_QUEUE_H_
