// Large bodies of requests in shared memory, from which a worker takes them without a system call and a copy of its
// own.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CHANNEL_BODY_RING_H_
#define OVERLOCK_SERVICES_EXECUTOR_CHANNEL_BODY_RING_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

namespace overlock::executor {

inline constexpr size_t kBodyRingBytes = 1 << 20;
// Smaller ones stand in their frames: many of these are one write.
inline constexpr size_t kSharedBodyBytesMin = 16 << 10;

// Where a body is in the ring.
struct SharedBody {
  size_t offset = 0;
  size_t bytes = 0;
};

// Bodies, each in one piece, with one writer (the supervisor) and one reader (the worker), in memory that both map.
// What was never used takes no memory.
struct BodyRing {
  // How many bodies the worker has no use for any more, in the order in which they came.
  std::atomic<uint64_t> released = 0;
  std::array<char, kBodyRingBytes> bytes;
};

// The supervisor's side. Used by one thread.
class OutgoingBodies {
 public:
  explicit OutgoingBodies(BodyRing& ring) : ring_(ring) {}

  // Copies the body to where the worker finds it. Nothing, and the body is to stand in its frame, if it is smaller than
  // kSharedBodyBytesMin or has no room. The worker can write anything to the memory: once `released` cannot be true
  // there is no room any more.
  std::optional<SharedBody> Put(std::string_view body);

 private:
  void DropReleased();
  std::optional<size_t> FindRoom(size_t bytes) const;

  BodyRing& ring_;
  // Of the bodies that the worker has not released, the oldest first.
  std::deque<SharedBody> unreleased_;
  uint64_t put_ = 0;
  bool broken_ = false;
};

// The worker's side. The body, valid until it is released; nothing if it is not within the memory.
std::optional<std::string_view> ViewOf(const BodyRing& ring, const SharedBody& body);
// Says that the oldest body is needed no more.
void ReleaseOldest(BodyRing& ring);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_CHANNEL_BODY_RING_H_
