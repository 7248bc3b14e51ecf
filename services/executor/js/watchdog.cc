#include "services/executor/js/watchdog.h"

#include <pthread.h>

#include <chrono>

#include "services/executor/js/clock.h"

namespace overlock::executor::js {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(5);
constexpr int kIdleLooksMax = 10;

constexpr uint64_t kPhaseMask = 3;
constexpr uint64_t kRunning = 1;
constexpr uint64_t kFiring = 2;
constexpr uint64_t kFired = 3;

clockid_t CpuClockOfThisThread() {
  clockid_t clock;
  pthread_getcpuclockid(pthread_self(), &clock);
  return clock;
}

}  // namespace

Watchdog::Watchdog(const std::atomic<bool>& stop)
    : cpu_clock_(CpuClockOfThisThread()), stop_(stop), thread_([this] { Watch(); }) {}

Watchdog::~Watchdog() {
  over_ = true;
  parked_ = 0;
  parked_.notify_one();
  thread_.join();
}

void Watchdog::Enter(v8::Isolate* isolate, int64_t now_ns, int64_t cpu_left_ns, int64_t deadline_ns) {
  isolate_.store(isolate, std::memory_order_relaxed);
  entered_ns_.store(now_ns, std::memory_order_relaxed);
  cpu_left_ns_.store(cpu_left_ns, std::memory_order_relaxed);
  deadline_ns_.store(deadline_ns, std::memory_order_relaxed);
  // Either the thread sees the state before it sleeps, or this sees that it sleeps: both sides are sequentially
  // consistent.
  state_.store(++entries_ << 2 | kRunning, std::memory_order_seq_cst);
  if (parked_.load(std::memory_order_seq_cst) != 0) {
    parked_.store(0);
    parked_.notify_one();
  }
}

Watchdog::Verdict Watchdog::Leave() {
  uint64_t running = entries_ << 2 | kRunning;
  if (state_.compare_exchange_strong(running, 0)) return Verdict::kNone;
  // The thread is about to terminate the isolate or has done so; that takes no time to speak of.
  while ((state_.load(std::memory_order_acquire) & kPhaseMask) != kFired) std::this_thread::yield();
  state_.store(0);
  return verdict_.load(std::memory_order_relaxed);
}

void Watchdog::Watch() {
  while (!over_) {
    Look();
    if (idle_looks_ < kIdleLooksMax) {
      std::this_thread::sleep_for(kLookEvery);
      continue;
    }
    parked_.store(1, std::memory_order_seq_cst);
    if (state_.load(std::memory_order_seq_cst) == 0 && !over_) parked_.wait(1);
    parked_.store(0, std::memory_order_relaxed);
    idle_looks_ = 0;
  }
}

void Watchdog::Look() {
  uint64_t state = state_.load(std::memory_order_acquire);
  if (state != seen_state_) idle_looks_ = 0;
  if ((state & kPhaseMask) != kRunning) {
    if (state == seen_state_) ++idle_looks_;
    seen_state_ = state;
    return;
  }
  if (stop_.load(std::memory_order_relaxed)) return Fire(state, Verdict::kStopped);
  int64_t now_ns = MonotonicNanos();
  int64_t cpu_ns = ReadClock(cpu_clock_);
  if (state != seen_state_) {
    seen_state_ = state;
    seen_at_ns_ = now_ns;
    seen_cpu_ns_ = cpu_ns;
  }
  // Until it was first seen, at most one look's time, all time counts as processor time.
  int64_t used_ns = seen_at_ns_ - entered_ns_.load(std::memory_order_relaxed) + cpu_ns - seen_cpu_ns_;
  if (used_ns > cpu_left_ns_.load(std::memory_order_relaxed)) {
    Fire(state, Verdict::kCpuTime);
  } else if (now_ns > deadline_ns_.load(std::memory_order_relaxed)) {
    Fire(state, Verdict::kRunTime);
  }
}

void Watchdog::Fire(uint64_t entry, Verdict verdict) {
  v8::Isolate* isolate = isolate_.load(std::memory_order_relaxed);
  // If this succeeds, all that was read above belongs to this entry, and the watched thread waits in Leave() until the
  // isolate has been told.
  if (!state_.compare_exchange_strong(entry, (entry & ~kPhaseMask) | kFiring)) return;
  verdict_.store(verdict, std::memory_order_relaxed);
  isolate->TerminateExecution();
  state_.store((entry & ~kPhaseMask) | kFired, std::memory_order_release);
}

}  // namespace overlock::executor::js
