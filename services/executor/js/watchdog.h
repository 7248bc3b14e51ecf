// Ends JavaScript that runs for too long.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_WATCHDOG_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_WATCHDOG_H_

#include <v8-isolate.h>

#include <atomic>
#include <cstdint>
#include <thread>

namespace overlock::executor::js {

// A thread that looks every 5 ms at what the JavaScript thread is doing, and sleeps when that has done nothing for 50
// ms. Entering and leaving cost no system call while it is awake.
class Watchdog {
 public:
  enum class Verdict { kNone, kCpuTime, kRunTime, kStopped };

  // Watches the thread that makes it. When `stop` gets true what is in JavaScript is ended; it must outlive this.
  explicit Watchdog(const std::atomic<bool>& stop);
  ~Watchdog();

  // The watched thread goes into JavaScript: `cpu_left_ns` of processor time, and until `deadline_ns` (MonotonicNanos).
  void Enter(v8::Isolate* isolate, int64_t now_ns, int64_t cpu_left_ns, int64_t deadline_ns);
  // It came back. With a verdict the isolate was told to terminate; the caller takes that back when it is done with
  // what is left of the execution. The isolate is not touched after this.
  Verdict Leave();

 private:
  void Watch();
  void Look();
  void Fire(uint64_t entry, Verdict verdict);

  const clockid_t cpu_clock_;
  const std::atomic<bool>& stop_;
  // 0 while not in JavaScript; otherwise the entry's number times four, plus a phase.
  std::atomic<uint64_t> state_ = 0;
  std::atomic<v8::Isolate*> isolate_ = nullptr;
  std::atomic<int64_t> entered_ns_ = 0;
  std::atomic<int64_t> cpu_left_ns_ = 0;
  std::atomic<int64_t> deadline_ns_ = 0;
  std::atomic<Verdict> verdict_ = Verdict::kNone;
  // 1 while the thread sleeps until it is woken.
  std::atomic<uint32_t> parked_ = 0;
  std::atomic<bool> over_ = false;
  uint64_t entries_ = 0;

  // The thread's own.
  uint64_t seen_state_ = 0;
  int64_t seen_at_ns_ = 0;
  int64_t seen_cpu_ns_ = 0;
  int idle_looks_ = 0;
  std::thread thread_;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_WATCHDOG_H_
