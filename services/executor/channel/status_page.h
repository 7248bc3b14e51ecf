// What a worker and its supervisor tell each other without a system call.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CHANNEL_STATUS_PAGE_H_
#define OVERLOCK_SERVICES_EXECUTOR_CHANNEL_STATUS_PAGE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "services/executor/channel/body_ring.h"
#include "services/executor/channel/message_ring.h"

namespace overlock::executor {

// The descriptors that a worker starts with, apart from standard error.
inline constexpr int kWorkerChannelFd = 3;
inline constexpr int kWorkerStatusPageFd = 4;

// Invocations that may be sent to one worker before it has looked at them. One that has begun needs its slot no
// more: the supervisor may use it for a later sequence while the invocation still waits for its end.
inline constexpr size_t kClaimSlots = 256;

// The state of the last invocation sent whose sequence is `slot + n * kClaimSlots`. The worker takes invocations in
// the order of their sequences and writes a slot in one way only: from kPending to kClaimed.
enum Claim : uint8_t {
  kFree = 0,
  // The supervisor set it before it sent the invocation.
  kPending = 1,
  // The worker, by compare-and-swap from kPending, just before it runs the invocation.
  kClaimed = 2,
  // The supervisor, by compare-and-swap from kPending: another worker runs it. The worker skips the frame.
  kRevoked = 3,
};

// Shared memory between a supervisor and one worker; all zero when new, but for the bytes of the rings, which may be
// any. The supervisor makes it (a memfd) and must treat what it reads as data from an untrusted process: a worker can
// write anything here.
struct StatusPage {
  // The invocation whose JavaScript runs now; 0 while the worker is not in JavaScript.
  std::atomic<uint64_t> running_sequence;
  // CLOCK_MONOTONIC in nanoseconds of the entry into JavaScript; meaningful while `running_sequence` is not 0.
  std::atomic<int64_t> entered_at_ns;
  // The highest sequence claimed so far.
  std::atomic<uint64_t> begun_sequence;
  // Set by the supervisor of a worker that is a thread, which no signal can end: the worker ends what is in JavaScript,
  // answers nothing more and leaves its loop.
  std::atomic<bool> stop;
  // Set by a worker that is a thread where a process would have crashed: it goes no further.
  std::atomic<bool> crashed;
  // What the worker's heaps came to when it had last nothing to do, for metrics: isolates that are kept, and bytes of
  // their heaps and array buffers.
  std::atomic<uint64_t> isolates;
  std::atomic<uint64_t> heap_bytes;
  // How many applications got an isolate here so far, and how many functions a context.
  std::atomic<uint64_t> isolates_made;
  std::atomic<uint64_t> contexts_made;
  // Claim values.
  std::array<std::atomic<uint8_t>, kClaimSlots> claims;
  // What the worker says: see OutgoingFrames and IncomingFrames.
  MessageRing messages;
  // Where the supervisor puts the large bodies of what it sends.
  BodyRing bodies;

  std::atomic<uint8_t>& claim(uint64_t sequence) { return claims[sequence % kClaimSlots]; }
};

// Only lock-free atomics work between processes.
static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<int64_t>::is_always_lock_free &&
              std::atomic<uint8_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_CHANNEL_STATUS_PAGE_H_
