#include "common/telemetry/span_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace overlock {
namespace {

constexpr uint64_t kRandomValues = uint64_t{1} << 56;

// The last seven bytes, which are random (Trace Context Level 2, section 3.3.1.1).
uint64_t RandomPart(const TraceContext& context) {
  uint64_t bits = 0;
  for (size_t i = 9; i < context.trace_id.size(); ++i) bits = bits << 8 | context.trace_id[i];
  return bits;
}

}  // namespace

SpanQueue::SpanQueue(double sample_ratio, size_t spans_max, Metrics& metrics)
    : threshold_(static_cast<uint64_t>(sample_ratio * static_cast<double>(kRandomValues))),
      spans_max_(spans_max),
      dropped_(metrics.GetCounter("overlock_trace_spans_total", "Spans by what became of them.",
                                  {{"outcome", "queue_full"}})) {}

bool SpanQueue::Samples(const TraceContext& begun) const { return RandomPart(begun) < threshold_; }

void SpanQueue::Record(std::unique_ptr<SpanData> span) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (spans_.size() < spans_max_) {
      spans_.push_back(std::move(span));
      wake = spans_.size() == wake_at_;
    }
  }
  // What was not taken ends here, after the lock.
  if (span) dropped_.Increment();
  if (wake) wake_();
}

void SpanQueue::WakeAt(size_t spans, std::function<void()> wake) {
  wake_at_ = spans;
  wake_ = std::move(wake);
}

std::vector<std::unique_ptr<SpanData>> SpanQueue::Take(size_t spans_max) {
  std::lock_guard lock(mutex_);
  const auto count = static_cast<ptrdiff_t>(std::min(spans_max, spans_.size()));
  std::vector<std::unique_ptr<SpanData>> taken(std::make_move_iterator(spans_.begin()),
                                               std::make_move_iterator(spans_.begin() + count));
  spans_.erase(spans_.begin(), spans_.begin() + count);
  return taken;
}

size_t SpanQueue::size() const {
  std::lock_guard lock(mutex_);
  return spans_.size();
}

}  // namespace overlock
