// What invocations wait for: timers and calls of services.
#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "services/executor/js/app_isolate.h"
#include "services/executor/js/clock.h"
#include "services/executor/js/invocations.h"
#include "services/executor/js/strings.h"
#include "services/executor/js/try_catch.h"

namespace overlock::executor::js {
namespace {

// They wait in the worker's memory until they are written.
constexpr size_t kServiceCallBytesMax = 64 << 20;
constexpr int kBackgroundTimersMax = 1000;
constexpr int kTimersPerTurnMax = 64;

}  // namespace

void Invocations::BeginOperation(InFlight& in_flight) {
  if (++in_flight.pending_operations <= in_flight.app->pending_operations_max() || current_ == nullptr) return;
  requested_stop_ = Stop::kPendingOperations;
  current_->isolate->get()->TerminateExecution();
}

void Invocations::EndOperation(InFlight& in_flight) {
  --in_flight.pending_operations;
  LookAgain(in_flight);
}

bool Invocations::CallService(InFlight& in_flight, worker::v1::ServiceCall call, v8::Local<v8::Function> settle) {
  const size_t bytes = call.argument_ejson().size() + call.body().size();
  if (in_flight.service_call_bytes + bytes > kServiceCallBytesMax) return false;
  BeginOperation(in_flight);
  // Where that has ended the execution, nothing more is begun.
  if (requested_stop_ != Stop::kNone) return true;
  in_flight.service_call_bytes += bytes;
  Operations::Operation operation;
  operation.sequence = in_flight.sequence();
  operation.bytes = bytes;
  operation.settle.Reset(in_flight.isolate->get(), settle);
  call.set_sequence(in_flight.sequence());
  call.set_operation(operations_.Add(std::move(operation)));
  worker::v1::FromWorker message;
  *message.mutable_service_call() = std::move(call);
  listener_->OnMessage(message);
  return true;
}

void Invocations::Settle(worker::v1::ServiceResult result) {
  std::optional<Operations::Operation> operation = operations_.Take(result.sequence(), result.operation());
  InFlight* in_flight = operation.has_value() ? Find(result.sequence()) : nullptr;
  if (in_flight == nullptr) return;
  --in_flight->pending_operations;
  in_flight->service_call_bytes -= operation->bytes;
  Run(*in_flight, [&] {
    v8::Isolate* isolate = in_flight->isolate->get();
    v8::Local<v8::Function> settle = operation->settle.Get(isolate);
    v8::Local<v8::Context> context = settle->GetCreationContextChecked();
    v8::Context::Scope scope(context);
    TryCatch try_catch(isolate);
    const bool ok = result.has_value();
    v8::Local<v8::Value> args[] = {
        v8::Boolean::New(isolate, ok),
        ToV8(isolate, ok ? result.value().value_ejson() : result.failure().message()),
        ok ? v8::Local<v8::Value>(ToUint8Array(isolate, result.value().body()))
           : v8::Local<v8::Value>(ToV8(isolate, result.failure().code())),
        v8::Integer::New(isolate, result.failure().number()),
        ToV8(isolate, result.failure().name()),
    };
    // It throws only where execution is terminated; why, the isolate knows.
    v8::Local<v8::Value> nothing;
    if (!settle->Call(context, v8::Undefined(isolate), std::size(args), args).ToLocal(&nothing)) return;
  });
  LookAtReady();
}

uint64_t Invocations::SetTimer(InFlight& in_flight, int64_t delay_ns, bool repeat, v8::Local<v8::Function> fire) {
  BeginOperation(in_flight);
  TimerQueue::Timer timer;
  timer.sequence = in_flight.sequence();
  timer.due_ns = MonotonicNanos() + delay_ns;
  timer.period_ns = repeat ? delay_ns : -1;
  timer.fire.Reset(in_flight.isolate->get(), fire);
  return timers_.Add(std::move(timer));
}

TimerQueue::Timer* Invocations::FindTimer(uint64_t id) {
  const bool firing = firing_timer_ != nullptr && firing_timer_->id == id;
  TimerQueue::Timer* timer = firing ? firing_timer_ : timers_.Find(id);
  InFlight* in_flight = timer == nullptr ? nullptr : Find(timer->sequence);
  const bool own = in_flight != nullptr && (current_ == nullptr || current_->isolate == in_flight->isolate);
  return own ? timer : nullptr;
}

void Invocations::EndTimer(InFlight& in_flight, const TimerQueue::Timer& timer) {
  if (timer.awaited) {
    EndOperation(in_flight);
  } else {
    --in_flight.background_timers;
  }
}

void Invocations::ClearTimer(uint64_t id) {
  TimerQueue::Timer* timer = FindTimer(id);
  if (timer == nullptr) return;
  EndTimer(*Find(timer->sequence), *timer);
  if (timer == firing_timer_) {
    firing_timer_ = nullptr;
  } else {
    timers_.Remove(id);
  }
}

void Invocations::AwaitTimer(uint64_t id, bool awaited) {
  TimerQueue::Timer* timer = FindTimer(id);
  if (timer == nullptr || timer->awaited == awaited) return;
  InFlight& in_flight = *Find(timer->sequence);
  if (!awaited && in_flight.background_timers >= kBackgroundTimersMax) return;
  timer->awaited = awaited;
  if (awaited) {
    --in_flight.background_timers;
    BeginOperation(in_flight);
  } else {
    ++in_flight.background_timers;
    EndOperation(in_flight);
  }
}

void Invocations::FireTimer(TimerQueue::Timer timer) {
  InFlight* in_flight = Find(timer.sequence);
  if (in_flight == nullptr) return;
  bool repeats = timer.period_ns >= 0;
  firing_timer_ = repeats ? &timer : nullptr;
  if (!repeats) --(timer.awaited ? in_flight->pending_operations : in_flight->background_timers);
  Run(*in_flight, [&] {
    v8::Isolate* isolate = in_flight->isolate->get();
    v8::Local<v8::Function> fire = timer.fire.Get(isolate);
    v8::Local<v8::Context> context = fire->GetCreationContextChecked();
    TryCatch try_catch(isolate);
    if (!fire->Call(context, v8::Undefined(isolate), 0, nullptr).IsEmpty() || try_catch->HasTerminated()) return;
    Log(*in_flight, v1::ConsoleLine::LEVEL_ERROR,
        absl::StrCat("Uncaught in a timer: ", in_flight->context->Describe(try_catch->Exception())));
  });
  bool again = firing_timer_ != nullptr && Find(timer.sequence) != nullptr;
  firing_timer_ = nullptr;
  if (!again) return;
  timer.due_ns = MonotonicNanos() + timer.period_ns;
  timers_.Return(std::move(timer));
}

void Invocations::RunDue() {
  int64_t now_ns = MonotonicNanos();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_ns) {
    InFlight* in_flight = Find(deadlines_.begin()->second);
    Stopped(*in_flight, Stop::kRunTime);
    Answer(*in_flight);
  }
  for (int fired = 0; fired < kTimersPerTurnMax; ++fired) {
    std::optional<TimerQueue::Timer> timer = timers_.TakeDue(now_ns);
    if (!timer.has_value()) return;
    FireTimer(*std::move(timer));
    LookAtReady();
  }
}

int64_t Invocations::NextDueNs() const {
  int64_t deadline = deadlines_.empty() ? std::numeric_limits<int64_t>::max() : deadlines_.begin()->first;
  return std::min(deadline, timers_.next_due_ns());
}

}  // namespace overlock::executor::js
