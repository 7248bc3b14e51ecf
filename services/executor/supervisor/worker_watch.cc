#include "services/executor/supervisor/worker_watch.h"

#include <algorithm>

namespace overlock::executor {

void WorkerWatch::SetBaseline() {
  baseline_bytes_ = meter_.ResidentBytes().value_or(0);
  resident_bytes_ = baseline_bytes_;
}

uint64_t WorkerWatch::Look(const StatusPage& page, int64_t now_ns) {
  uint64_t sequence = page.running_sequence.load(std::memory_order_acquire);
  int64_t entered_ns = page.entered_at_ns.load(std::memory_order_acquire);
  if (sequence != 0 && page.running_sequence.load(std::memory_order_acquire) != sequence) {
    // It moved on while we looked, so it has not been there for long.
    entered_ns = now_ns;
  }
  if (sequence == 0) {
    sequence_ = 0;
  } else if (sequence != sequence_ || entered_ns != entered_ns_) {
    BeginStay(sequence, entered_ns);
  }
  return sequence_;
}

void WorkerWatch::BeginStay(uint64_t sequence, int64_t entered_ns) {
  sequence_ = sequence;
  entered_ns_ = entered_ns;
  resident_bytes_ = meter_.ResidentBytes().value_or(resident_bytes_);
  stay_bytes_ = resident_bytes_;
  stay_cpu_ns_ = meter_.JavaScriptCpuNanos();
}

bool WorkerWatch::busy(int64_t now_ns) const {
  return sequence_ != 0 && absl::Nanoseconds(now_ns - entered_ns_) > options_.busy_after;
}

absl::Duration WorkerWatch::CpuTime(int64_t now_ns) const {
  std::optional<int64_t> cpu_ns = meter_.JavaScriptCpuNanos();
  // Without scheduler statistics the time that has passed is what is left; it can only be longer.
  if (!cpu_ns || !stay_cpu_ns_) return absl::Nanoseconds(now_ns - entered_ns_);
  return absl::Nanoseconds(*cpu_ns - *stay_cpu_ns_);
}

Overrun WorkerWatch::Check(const Limits& limits, int64_t now_ns) {
  if (sequence_ == 0) return Overrun::kNone;
  resident_bytes_ = meter_.ResidentBytes().value_or(resident_bytes_);
  int64_t memory_bytes = limits.memory_bytes_max + options_.memory_headroom_bytes;
  int64_t all_bytes = limits.memory_bytes_of_all + options_.memory_headroom_bytes;
  if (resident_bytes_ > stay_bytes_ + memory_bytes || resident_bytes_ > baseline_bytes_ + all_bytes) {
    return Overrun::kMemory;
  }
  if (CpuTime(now_ns) > limits.cpu_time_max + options_.grace) return Overrun::kCpuTime;
  if (absl::Nanoseconds(now_ns - std::max(limits.deadline_ns, entered_ns_)) > options_.grace) return Overrun::kRunTime;
  return Overrun::kNone;
}

}  // namespace overlock::executor
