// Messages of a worker in shared memory, which its supervisor takes without a system call for each.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CHANNEL_MESSAGE_RING_H_
#define OVERLOCK_SERVICES_EXECUTOR_CHANNEL_MESSAGE_RING_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace overlock::executor {

inline constexpr size_t kRingBytes = 64 << 10;

// A ring of bytes with one writer (the worker) and one reader (the supervisor), in memory that both map; all zero when
// new. Both counters only grow; they say how many bytes were put and taken since the beginning.
struct MessageRing {
  std::atomic<uint64_t> put;
  std::atomic<uint64_t> taken;
  std::array<char, kRingBytes> bytes;
};

// The worker's side. How many bytes can be put.
size_t RoomIn(const MessageRing& ring);
// Puts all of `bytes`, or nothing and returns false where they have no room.
bool PutInto(MessageRing& ring, std::string_view bytes);

// The supervisor's side. Appends all that was put to `out`. The worker can write anything to the memory: false when the
// counters cannot be true. What is taken is a copy, which the worker cannot change.
bool TakeFrom(MessageRing& ring, std::string& out);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_CHANNEL_MESSAGE_RING_H_
