#include "services/executor/channel/message_ring.h"

#include <algorithm>
#include <cstring>

namespace overlock::executor {

size_t RoomIn(const MessageRing& ring) {
  uint64_t put = ring.put.load(std::memory_order_relaxed);
  uint64_t used = put - ring.taken.load(std::memory_order_acquire);
  return kRingBytes - std::min<uint64_t>(used, kRingBytes);
}

bool PutInto(MessageRing& ring, std::string_view bytes) {
  if (bytes.size() > RoomIn(ring)) return false;
  uint64_t put = ring.put.load(std::memory_order_relaxed);
  size_t begin = put % kRingBytes;
  size_t until_end = std::min(bytes.size(), kRingBytes - begin);
  std::memcpy(ring.bytes.data() + begin, bytes.data(), until_end);
  std::memcpy(ring.bytes.data(), bytes.data() + until_end, bytes.size() - until_end);
  ring.put.store(put + bytes.size(), std::memory_order_release);
  return true;
}

bool TakeFrom(MessageRing& ring, std::string& out) {
  uint64_t taken = ring.taken.load(std::memory_order_relaxed);
  uint64_t put = ring.put.load(std::memory_order_acquire);
  uint64_t size = put - taken;
  if (size > kRingBytes) return false;
  size_t begin = taken % kRingBytes;
  size_t until_end = std::min<size_t>(size, kRingBytes - begin);
  out.append(ring.bytes.data() + begin, until_end);
  out.append(ring.bytes.data(), size - until_end);
  ring.taken.store(put, std::memory_order_release);
  return true;
}

}  // namespace overlock::executor
