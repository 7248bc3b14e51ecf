#include "services/executor/js/array_buffer_allocator.h"

#include <cstdlib>

namespace overlock::executor::js {

bool ArrayBufferAllocator::Charge(size_t length) {
  size_t before = bytes_.fetch_add(length, std::memory_order_relaxed);
  if (before <= bytes_max_ && length <= bytes_max_ - before) return true;
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
