// Runs invocations and keeps those that wait.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_INVOCATIONS_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_INVOCATIONS_H_

#include <v8-function.h>
#include <v8-isolate.h>
#include <v8-snapshot.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/channel/status_page.h"
#include "services/executor/js/apps.h"
#include "services/executor/js/engine.h"
#include "services/executor/js/function_context.h"
#include "services/executor/js/in_flight.h"
#include "services/executor/js/operations.h"
#include "services/executor/js/timer_queue.h"
#include "services/executor/js/watchdog.h"

namespace overlock::executor::js {

// Everything behind Engine. The JavaScript thread's.
class Invocations {
 public:
  Invocations(v8::StartupData& snapshot, StatusPage* page, Engine::Listener* listener);
  ~Invocations();

  void Load(worker::v1::LoadApp load) { apps_.Load(std::move(load)); }
  void Unload(const type::v1::AppRevision& app) { apps_.Unload(app); }
  void Invoke(worker::v1::Invoke& invoke, std::string_view shared_body);
  void Cancel(uint64_t sequence);
  void Settle(worker::v1::ServiceResult result);
  void Configure(const worker::v1::Configure& configure) { configuration_ = configure; }
  void RunDue();
  int64_t NextDueNs() const;
  void Idle();

  // ---- For native functions, while JavaScript runs.

  // Null when the invocation has ended.
  InFlight* Find(uint64_t sequence);
  InFlight* current() { return current_; }
  // Null with `failure` set if the function does not load.
  std::shared_ptr<FunctionContext> ContextFor(InFlight& in_flight, const Code& code, v1::Failure& failure);
  // The most bytes that the next console line may have; 0 if no more lines are kept.
  static size_t ConsoleBytesLeft(InFlight& in_flight);
  static void Log(InFlight& in_flight, v1::ConsoleLine::Level level, std::string text);
  uint64_t SetTimer(InFlight& in_flight, int64_t delay_ns, bool repeat, v8::Local<v8::Function> fire);
  // These two do nothing when the timer is another application's.
  void ClearTimer(uint64_t id);
  // Whether its invocation waits for the timer, as it does at first.
  void AwaitTimer(uint64_t id, bool awaited);
  // Sends the call; `settle` is called with its result, unless the invocation ends before. False when too many bytes of
  // such calls are under way.
  bool CallService(InFlight& in_flight, worker::v1::ServiceCall call, v8::Local<v8::Function> settle);
  void BeginOperation(InFlight& in_flight);
  void EndOperation(InFlight& in_flight);
  // Something happened to the invocation: sees whether it can be answered once the running code has ended.
  void LookAgain(InFlight& in_flight);

 private:
  // Why execution was terminated.
  enum class Stop { kNone, kCpuTime, kRunTime, kMemory, kPendingOperations, kStopped };
  class Entry;

  std::unique_ptr<InFlight> NewInFlight();
  bool Prepare(InFlight& in_flight, worker::v1::Invoke& invoke);
  // Enters JavaScript for the invocation, does `step` there, then the microtasks, and answers or keeps the invocation.
  void Run(InFlight& in_flight, absl::FunctionRef<void()> step);
  void Begin(InFlight& in_flight, std::string_view shared_body);
  // Compiles sources, and answers.
  void Compile(InFlight& in_flight);
  void Drain(InFlight& in_flight);
  void TryFinish(InFlight& in_flight);
  void LeaveBroken(InFlight& in_flight);
  void DiscardMicrotasks(AppIsolate& isolate);
  void Conclude(InFlight& in_flight, Stop stop);
  void TellDropped(const std::string& app_id, worker::v1::IsolateDropped::Cause cause);
  void Park(InFlight& in_flight);
  void Stopped(InFlight& in_flight, Stop stop);
  void Fail(InFlight& in_flight, v1::Failure::Kind kind, std::string message);
  void Answer(InFlight& in_flight);
  void LookAtReady();
  void FireTimer(TimerQueue::Timer timer);
  // Null when there is none that the running code may touch.
  TimerQueue::Timer* FindTimer(uint64_t id);
  // The timer will not fire again.
  void EndTimer(InFlight& in_flight, const TimerQueue::Timer& timer);

  StatusPage* const page_;
  Engine::Listener* const listener_;
  Apps apps_;
  Watchdog watchdog_;
  absl::flat_hash_map<uint64_t, std::unique_ptr<InFlight>> in_flight_;
  // Ended ones, kept for the memory that their messages hold.
  std::vector<std::unique_ptr<InFlight>> spare_;
  std::set<std::pair<int64_t, uint64_t>> deadlines_;
  TimerQueue timers_;
  Operations operations_;
  worker::v1::Configure configuration_;
  InFlight* current_ = nullptr;
  // Invocations that LookAgain() named while another one's code ran.
  std::vector<uint64_t> ready_;
  // The functions that the current entry called.
  std::vector<std::shared_ptr<FunctionContext>> entered_;
  Stop requested_stop_ = Stop::kNone;
  // The repeating timer whose callback runs; null when it was cleared.
  TimerQueue::Timer* firing_timer_ = nullptr;
  // Isolates that have run since the last Idle().
  std::vector<std::shared_ptr<AppIsolate>> touched_;
  // The thread's processor time when it was last read.
  int64_t thread_cpu_ns_ = 0;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_INVOCATIONS_H_
