#include "services/executor/supervisor/worker_heaps.h"

#include <algorithm>

namespace overlock::executor {
namespace {

int64_t ReadAtMost(const std::atomic<uint64_t>& value, int64_t max) {
  return static_cast<int64_t>(std::min(value.load(std::memory_order_relaxed), static_cast<uint64_t>(max)));
}

uint64_t TakeGrowth(const std::atomic<uint64_t>& value, uint64_t& seen) {
  const uint64_t now = value.load(std::memory_order_relaxed);
  const uint64_t growth = now > seen ? std::min(now - seen, WorkerHeaps::kColdStartsMax) : 0;
  seen = now;
  return growth;
}

}  // namespace

Heaps WorkerHeaps::Read(const StatusPage& page) {
  return {ReadAtMost(page.isolates, kIsolatesMax), ReadAtMost(page.heap_bytes, kBytesMax)};
}

ColdStarts WorkerHeaps::TakeColdStarts(const StatusPage& page) {
  return {TakeGrowth(page.isolates_made, isolates_made_), TakeGrowth(page.contexts_made, contexts_made_)};
}

}  // namespace overlock::executor
