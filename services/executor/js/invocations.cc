#include "services/executor/js/invocations.h"

#include <libplatform/libplatform.h>

#include <algorithm>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/executor/js/answer.h"
#include "services/executor/js/clock.h"
#include "services/executor/js/error_stack.h"
#include "services/executor/js/platform.h"
#include "services/executor/js/return_type.h"
#include "services/executor/js/script_source.h"
#include "services/executor/js/strings.h"
#include "services/executor/js/try_catch.h"

namespace overlock::executor::js {
namespace {

constexpr size_t kSpareMax = 64;
constexpr size_t kSpareBodyBytesMax = 64 << 10;
constexpr int kTasksPerTurnMax = 32;
// Shorter stays in JavaScript count as processor time in full; for longer ones the clock is read, a system call.
constexpr int64_t kShortStayNs = 2'000'000;

void SetDuration(int64_t ns, google::protobuf::Duration& duration) {
  duration.set_seconds(ns / 1'000'000'000);
  duration.set_nanos(static_cast<int32_t>(ns % 1'000'000'000));
}

ResponseUse ResponseUseOf(const v1::ExecuteRequest& request) {
  if (request.has_endpoint()) return ResponseUse::kAroundResult;
  bool responds = request.has_webhook() || request.has_webhook_function();
  return responds ? ResponseUse::kInsteadOfResult : ResponseUse::kNone;
}

ResultForm ResultFormOf(const InFlight& in_flight) {
  const v1::ExecuteRequest& request = in_flight.invoke.request();
  bool is_endpoint = request.has_endpoint();
  if ((is_endpoint || request.has_webhook()) && !in_flight.code->respond_result) return ResultForm::kNone;
  if (!is_endpoint) return ResultForm::kCanonical;
  bool is_json = ReturnTypeFor(request.request(), in_flight.code->return_type) == config::v1::RETURN_TYPE_JSON;
  return is_json ? ResultForm::kPlain : ResultForm::kCanonical;
}

}  // namespace

// A stay in JavaScript, on behalf of one invocation.
class Invocations::Entry {
 public:
  Entry(Invocations& self, InFlight& in_flight) : self_(self), in_flight_(in_flight), entered_ns_(MonotonicNanos()) {
    if (in_flight.started_ns == 0) {
      in_flight.started_ns = entered_ns_;
      in_flight.deadline_ns = entered_ns_ + std::max<int64_t>(in_flight.invoke.run_time_left_us(), 0) * 1'000;
    }
    self_.current_ = &in_flight;
    self_.requested_stop_ = Stop::kNone;
    // What came since the last stay is not this one's.
    in_flight.isolate->TakeMemoryLimitHit();
    self_.page_->entered_at_ns.store(entered_ns_, std::memory_order_relaxed);
    self_.page_->running_sequence.store(in_flight.sequence(), std::memory_order_release);
    self_.watchdog_.Enter(in_flight.isolate->get(), entered_ns_,
                          in_flight.app->cpu_time_max_ns() - in_flight.cpu_used_ns, in_flight.deadline_ns);
  }

  Stop Leave() {
    Watchdog::Verdict verdict = self_.watchdog_.Leave();
    self_.page_->running_sequence.store(0, std::memory_order_release);
    self_.current_ = nullptr;
    int64_t stay_ns = MonotonicNanos() - entered_ns_;
    if (stay_ns > kShortStayNs) {
      int64_t cpu_ns = ThreadCpuNanos();
      stay_ns = std::min(stay_ns, cpu_ns - self_.thread_cpu_ns_);
      self_.thread_cpu_ns_ = cpu_ns;
    }
    in_flight_.cpu_used_ns += stay_ns;
    if (verdict == Watchdog::Verdict::kStopped) return Stop::kStopped;
    if (in_flight_.isolate->TakeMemoryLimitHit()) return Stop::kMemory;
    if (self_.requested_stop_ != Stop::kNone) return self_.requested_stop_;
    if (verdict == Watchdog::Verdict::kCpuTime) return Stop::kCpuTime;
    return verdict == Watchdog::Verdict::kRunTime ? Stop::kRunTime : Stop::kNone;
  }

 private:
  Invocations& self_;
  InFlight& in_flight_;
  const int64_t entered_ns_;
};

Invocations::Invocations(v8::StartupData& snapshot, StatusPage* page, Engine::Listener* listener)
    : page_(page), listener_(listener), apps_(snapshot), watchdog_(page->stop) {}

Invocations::~Invocations() = default;

std::unique_ptr<InFlight> Invocations::NewInFlight() {
  if (spare_.empty()) return std::make_unique<InFlight>();
  std::unique_ptr<InFlight> in_flight = std::move(spare_.back());
  spare_.pop_back();
  return in_flight;
}

// False with the failure set.
bool Invocations::Prepare(InFlight& in_flight, worker::v1::Invoke& invoke) {
  in_flight.invoke.Swap(&invoke);
  in_flight.reply.mutable_done()->set_sequence(in_flight.sequence());
  const v1::ExecuteRequest& request = in_flight.invoke.request();
  in_flight.app = apps_.Find(request.app());
  if (in_flight.app != nullptr && in_flight.invoke.has_compile()) {
    // What was compiled is neither kept nor found by the next one.
    in_flight.isolate = apps_.NewIsolate(*in_flight.app, this);
    return true;
  }
  if (in_flight.app != nullptr) in_flight.code = in_flight.app->Find(request);
  if (in_flight.code == nullptr) {
    Fail(in_flight, v1::Failure::KIND_WORKER_LOST, "the worker does not know this revision of the application");
    return false;
  }
  in_flight.isolate = apps_.IsolateOf(*in_flight.app, this);
  page_->isolates_made.store(apps_.isolates_made(), std::memory_order_relaxed);
  return true;
}

void Invocations::Invoke(worker::v1::Invoke& invoke, std::string_view shared_body) {
  std::unique_ptr<InFlight>& slot = in_flight_[invoke.sequence()];
  if (slot != nullptr) return;  // A sequence is never used twice.
  slot = NewInFlight();
  InFlight& in_flight = *slot;
  if (!Prepare(in_flight, invoke)) return Answer(in_flight);
  if (in_flight.invoke.has_compile()) return Compile(in_flight);
  Run(in_flight, [&] { Begin(in_flight, shared_body); });
  LookAtReady();
}

void Invocations::Run(InFlight& in_flight, absl::FunctionRef<void()> step) {
  // Nothing runs any more, and nothing is answered.
  if (page_->stop.load(std::memory_order_relaxed)) return;
  std::shared_ptr<AppIsolate> isolate = in_flight.isolate;
  Stop stop;
  {
    v8::Isolate::Scope scope(isolate->get());
    v8::HandleScope handles(isolate->get());
    Entry entry(*this, in_flight);
    step();
    if (!in_flight.answered) Drain(in_flight);
    if (!in_flight.answered && in_flight.pending_operations == 0) TryFinish(in_flight);
    stop = entry.Leave();
    if (stop != Stop::kNone) DiscardMicrotasks(*isolate);
  }
  if (std::find(touched_.begin(), touched_.end(), isolate) == touched_.end()) touched_.push_back(isolate);
  if (stop != Stop::kStopped) Conclude(in_flight, stop);
}

std::shared_ptr<FunctionContext> Invocations::ContextFor(InFlight& in_flight, const Code& code, v1::Failure& failure) {
  AppIsolate& isolate = *in_flight.isolate;
  std::shared_ptr<FunctionContext> context = isolate.FindContext(code.source);
  if (context == nullptr) {
    context = FunctionContext::Create(isolate, in_flight.app, code, in_flight.sequence(), failure);
    if (context == nullptr) return nullptr;
    isolate.PutContext(code.source, context);
    in_flight.cold = true;
    page_->contexts_made.fetch_add(1, std::memory_order_relaxed);
  }
  entered_.push_back(context);
  return context;
}

void Invocations::Begin(InFlight& in_flight, std::string_view shared_body) {
  v1::Failure failure;
  in_flight.context = ContextFor(in_flight, *in_flight.code, failure);
  if (in_flight.context == nullptr) {
    SetFailure(failure.kind(), failure.message(), failure.stack(), in_flight.response());
    in_flight.answered = true;
    return;
  }
  v8::Local<v8::Object> handle;
  if (!in_flight.context->Invoke(in_flight, shared_body).ToLocal(&handle)) return LeaveBroken(in_flight);
  in_flight.handle.Reset(in_flight.isolate->get(), handle);
}

void Invocations::Compile(InFlight& in_flight) {
  std::shared_ptr<AppIsolate> isolate = in_flight.isolate;
  Run(in_flight, [&] {
    worker::v1::Done& done = *in_flight.reply.mutable_done();
    if (CompileSources(isolate->get(), in_flight.invoke.compile(), *done.mutable_compiled())) {
      done.mutable_response()->mutable_returned();
      in_flight.answered = true;
    } else {
      // The limit that ended it takes the place of this.
      Fail(in_flight, v1::Failure::KIND_WORKER_LOST, "the worker did not come to the end of the sources");
    }
  });
  std::erase(touched_, isolate);
}

void Invocations::Drain(InFlight& in_flight) {
  v8::Isolate* isolate = in_flight.isolate->get();
  {
    TryCatch try_catch(isolate);
    isolate->PerformMicrotaskCheckpoint();
  }
  if (in_flight.context == nullptr) return;
  for (v8::Local<v8::Value> value : in_flight.isolate->TakeUnhandledRejections()) {
    Log(in_flight, v1::ConsoleLine::LEVEL_ERROR,
        absl::StrCat("Unhandled promise rejection: ", in_flight.context->Describe(value)));
  }
}

void Invocations::TryFinish(InFlight& in_flight) {
  if (in_flight.handle.IsEmpty()) return;
  v8::Isolate* isolate = in_flight.isolate->get();
  v8::Local<v8::Object> handle = in_flight.handle.Get(isolate);
  v8::Local<v8::Value> value;
  ResponseUse use = ResponseUseOf(in_flight.invoke.request());
  if (!in_flight.context->Finish(handle, ResultFormOf(in_flight), use).ToLocal(&value)) return LeaveBroken(in_flight);
  if (value->IsNull()) return;
  v8::Local<v8::Context> context = handle->GetCreationContextChecked();
  v8::Context::Scope scope(context);
  bool as_response = in_flight.invoke.request().has_webhook() || in_flight.invoke.request().has_endpoint();
  in_flight.answered =
      ReadAnswer(isolate, context, value, as_response, in_flight.app->answer_bytes_max(), in_flight.response());
  if (!in_flight.answered) return LeaveBroken(in_flight);
  if (in_flight.response().has_failure()) {
    const v1::Failure failure = in_flight.response().failure();
    SetFailure(failure.kind(), failure.message(), WithSourceExcerpt(*in_flight.app, failure.stack()),
               in_flight.response());
  }
  if (!in_flight.isolate->allocator().TakeRefused() || !in_flight.response().has_failure()) return;
  if (absl::StrContains(in_flight.response().failure().message(), "Array buffer allocation failed")) {
    Stopped(in_flight, Stop::kMemory);
  }
}

// A function can replace what the runtime library in its own context needs. A new context has it again. Where execution
// was terminated instead, the reason for that takes the place of this answer.
void Invocations::LeaveBroken(InFlight& in_flight) {
  in_flight.isolate->ForgetContext(in_flight.context.get());
  Fail(in_flight, v1::Failure::KIND_THREW, "the function has replaced built-in objects that its environment needs");
}

// What an execution that was terminated has left behind must not run on behalf of the next one. Each microtask is
// terminated as it begins, and V8 then drops the rest.
void Invocations::DiscardMicrotasks(AppIsolate& isolate) {
  isolate.get()->TerminateExecution();
  isolate.get()->PerformMicrotaskCheckpoint();
  isolate.get()->CancelTerminateExecution();
  isolate.TakeUnhandledRejections();
}

void Invocations::Conclude(InFlight& in_flight, Stop stop) {
  bool drop_isolate = stop == Stop::kMemory;
  std::shared_ptr<AppIsolate> isolate = in_flight.isolate;
  std::string app_id = drop_isolate ? in_flight.app->app_id() : "";
  if (stop != Stop::kNone) {
    // A context may have been left in the midst of a change.
    for (const std::shared_ptr<FunctionContext>& context : entered_) isolate->ForgetContext(context.get());
    isolate->ForgetContext(in_flight.context.get());
    Stopped(in_flight, stop);
  }
  entered_.clear();
  if (in_flight.answered) {
    Answer(in_flight);
  } else {
    Park(in_flight);
  }
  if (!drop_isolate) return;
  apps_.Drop(app_id, isolate.get());
  TellDropped(app_id, worker::v1::IsolateDropped::CAUSE_LIMIT);
}

void Invocations::TellDropped(const std::string& app_id, worker::v1::IsolateDropped::Cause cause) {
  worker::v1::FromWorker message;
  message.mutable_isolate_dropped()->set_app_id(app_id);
  message.mutable_isolate_dropped()->set_cause(cause);
  listener_->OnMessage(message);
}

void Invocations::Stopped(InFlight& in_flight, Stop stop) {
  switch (stop) {
    case Stop::kNone:
    case Stop::kStopped:
      return;
    case Stop::kCpuTime:
      return Fail(in_flight, v1::Failure::KIND_CPU_TIME_LIMIT, "execution time limit exceeded (processor time)");
    case Stop::kRunTime:
      return Fail(in_flight, v1::Failure::KIND_RUN_TIME_LIMIT, "execution time limit exceeded");
    case Stop::kMemory:
      return Fail(in_flight, v1::Failure::KIND_MEMORY_LIMIT,
                  absl::StrCat("memory limit of ", in_flight.app->memory_bytes_max() >> 20, " MiB exceeded"));
    case Stop::kPendingOperations:
      return Fail(in_flight, v1::Failure::KIND_PENDING_OPERATIONS_LIMIT,
                  absl::StrCat("exceeded max async work queue size of ", in_flight.app->pending_operations_max()));
  }
}

void Invocations::Fail(InFlight& in_flight, v1::Failure::Kind kind, std::string message) {
  SetFailure(kind, message, "", in_flight.response());
  in_flight.answered = true;
}

void Invocations::Park(InFlight& in_flight) {
  if (in_flight.parked) return;
  in_flight.parked = true;
  deadlines_.emplace(in_flight.deadline_ns, in_flight.sequence());
  worker::v1::FromWorker message;
  message.mutable_parked()->set_sequence(in_flight.sequence());
  listener_->OnMessage(message);
}

void Invocations::Answer(InFlight& in_flight) {
  auto node = in_flight_.extract(in_flight.sequence());
  if (in_flight.pending_operations > 0 || in_flight.background_timers > 0) {
    timers_.RemoveAllOf(in_flight.sequence());
    operations_.RemoveAllOf(in_flight.sequence());
  }
  if (in_flight.parked) deadlines_.erase({in_flight.deadline_ns, in_flight.sequence()});
  v1::Usage& usage = *in_flight.response().mutable_usage();
  if (in_flight.started_ns != 0) SetDuration(MonotonicNanos() - in_flight.started_ns, *usage.mutable_run_time());
  SetDuration(in_flight.cpu_used_ns, *usage.mutable_cpu_time());
  usage.set_cold(in_flight.cold);
  listener_->OnMessage(in_flight.reply);

  bool keep = spare_.size() < kSpareMax && !in_flight.invoke.has_compile() &&
              in_flight.invoke.request().body().capacity() <= kSpareBodyBytesMax &&
              in_flight.response().response().body().capacity() <= kSpareBodyBytesMax;
  if (!keep) return;
  worker::v1::Invoke invoke;
  worker::v1::FromWorker reply;
  invoke.Swap(&in_flight.invoke);
  reply.Swap(&in_flight.reply);
  invoke.Clear();
  reply.mutable_done()->Clear();
  // Handles go before the isolate, which may end with this.
  in_flight.handle.Reset();
  in_flight.context.reset();
  in_flight = InFlight();
  in_flight.invoke.Swap(&invoke);
  in_flight.reply.Swap(&reply);
  spare_.push_back(std::move(node.mapped()));
}

InFlight* Invocations::Find(uint64_t sequence) {
  if (current_ != nullptr && current_->sequence() == sequence) return current_;
  auto it = in_flight_.find(sequence);
  return it == in_flight_.end() ? nullptr : it->second.get();
}

void Invocations::LookAgain(InFlight& in_flight) {
  if (&in_flight == current_) return;
  if (ready_.empty() || ready_.back() != in_flight.sequence()) ready_.push_back(in_flight.sequence());
}

void Invocations::LookAtReady() {
  while (!ready_.empty()) {
    uint64_t sequence = ready_.back();
    ready_.pop_back();
    if (InFlight* in_flight = Find(sequence)) Run(*in_flight, [] {});
  }
}

void Invocations::Cancel(uint64_t sequence) {
  InFlight* in_flight = Find(sequence);
  if (in_flight == nullptr) return;
  Fail(*in_flight, v1::Failure::KIND_RUN_TIME_LIMIT, "nobody waits for the answer any more");
  Answer(*in_flight);
}

size_t Invocations::ConsoleBytesLeft(InFlight& in_flight) {
  v1::ExecuteResponse& response = in_flight.response();
  if (response.console_size() < in_flight.app->console_lines_max()) return in_flight.app->console_line_bytes_max();
  response.mutable_usage()->set_console_cut(true);
  return 0;
}

void Invocations::Log(InFlight& in_flight, v1::ConsoleLine::Level level, std::string text) {
  const size_t bytes_max = ConsoleBytesLeft(in_flight);
  if (bytes_max == 0 || !v1::ConsoleLine::Level_IsValid(level)) return;
  v1::ExecuteResponse& response = in_flight.response();
  if (text.size() > bytes_max) {
    response.mutable_usage()->set_console_cut(true);
    text.resize(Truncate(text, bytes_max).size());
  }
  v1::ConsoleLine& line = *response.add_console();
  line.set_level(level);
  line.set_text(std::move(text));
}

void Invocations::Idle() {
  for (const std::shared_ptr<AppIsolate>& isolate : touched_) {
    v8::Isolate::Scope scope(isolate->get());
    v8::HandleScope handles(isolate->get());
    // Work of the garbage collector; none of it runs a function's code, since contexts have nothing that could.
    for (int i = 0; i < kTasksPerTurnMax; ++i) {
      if (!v8::platform::PumpMessageLoop(&InitializedPlatform(), isolate->get())) break;
    }
    isolate->Measure();
  }
  touched_.clear();
  if (configuration_.isolate_memory_bytes_max() > 0) {
    for (const std::string& app_id : apps_.DropUnusedBeyond(configuration_.isolate_memory_bytes_max())) {
      TellDropped(app_id, worker::v1::IsolateDropped::CAUSE_BUDGET);
    }
  }
  page_->heap_bytes.store(static_cast<uint64_t>(apps_.memory_bytes()), std::memory_order_relaxed);
  page_->isolates.store(apps_.isolates(), std::memory_order_relaxed);
  thread_cpu_ns_ = ThreadCpuNanos();
}

}  // namespace overlock::executor::js
