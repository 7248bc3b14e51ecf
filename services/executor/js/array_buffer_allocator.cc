#include "services/executor/js/array_buffer_allocator.h"

#include <v8-statistics.h>

#include <algorithm>
#include <cstdlib>

namespace overlock::executor::js {
namespace {

// The heap is measured anew once so much has been given.
constexpr size_t kMeasureEveryBytes = 256 << 10;

}  // namespace

bool ArrayBufferAllocator::Charge(size_t length) {
  unmeasured_bytes_ += std::min(length, kMeasureEveryBytes);
  if (isolate_ != nullptr && unmeasured_bytes_ >= kMeasureEveryBytes) {
    v8::HeapStatistics statistics;
    isolate_->GetHeapStatistics(&statistics);
    heap_bytes_ = statistics.used_heap_size();
    unmeasured_bytes_ = 0;
  }
  size_t before = bytes_.fetch_add(length, std::memory_order_relaxed) + heap_bytes_;
  if (lenient_ || (before <= bytes_max_ && length <= bytes_max_ - before)) return true;
  // V8 collects garbage and asks again.
  unmeasured_bytes_ = kMeasureEveryBytes;
  bytes_.fetch_sub(length, std::memory_order_relaxed);
  refused_.store(true, std::memory_order_relaxed);
  return false;
}

void* ArrayBufferAllocator::Allocate(size_t length) {
  if (!Charge(length)) return nullptr;
  void* data = std::calloc(length == 0 ? 1 : length, 1);
  if (data == nullptr) bytes_.fetch_sub(length, std::memory_order_relaxed);
  return data;
}

void* ArrayBufferAllocator::AllocateUninitialized(size_t length) {
  if (!Charge(length)) return nullptr;
  void* data = std::malloc(length == 0 ? 1 : length);
  if (data == nullptr) bytes_.fetch_sub(length, std::memory_order_relaxed);
  return data;
}

void ArrayBufferAllocator::Free(void* data, size_t length) {
  bytes_.fetch_sub(length, std::memory_order_relaxed);
  std::free(data);
}

}  // namespace overlock::executor::js
