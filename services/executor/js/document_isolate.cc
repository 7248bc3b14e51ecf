#include "services/executor/js/document_isolate.h"

#include <libplatform/libplatform.h>
#include <v8-exception.h>
#include <v8-script.h>
#include <v8-snapshot.h>
#include <v8-typed-array.h>

#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "services/executor/js/clock.h"
#include "services/executor/js/document_natives.h"
#include "services/executor/js/embedded_documents.h"
#include "services/executor/js/embedded_snapshot.h"
#include "services/executor/js/platform.h"
#include "services/executor/js/snapshot.h"
#include "services/executor/js/strings.h"

namespace overlock::executor::js {
namespace {

// What a command gets so that it can be ended in an orderly way.
constexpr size_t kLimitRaiseBytes = 64 << 20;
constexpr int kLimitRaisesMax = 2;
constexpr char kScriptName[] = "overlock:documents";
constexpr char kStartName[] = "overlockStart";

EngineFailure MemoryLimit() {
  return {146, "ExceededMemoryLimit", "the command needs more memory than there is for it"};
}

// Isolates of one process share V8's read-only heap, which the first one brings, so all must come from the same
// snapshot: in a server whose workers are threads, theirs. Its default context is an empty one.
v8::StartupData& Snapshot() {
  static v8::StartupData snapshot = [] {
    std::string_view blob = OpenSnapshot(EmbeddedSnapshot()).value();
    return v8::StartupData{blob.data(), static_cast<int>(blob.size())};
  }();
  return snapshot;
}

}  // namespace

DocumentIsolate::DocumentIsolate(int64_t memory_bytes_max) : allocator_(static_cast<size_t>(memory_bytes_max)) {
  InitializedPlatform();
  v8::Isolate::CreateParams params;
  params.snapshot_blob = &Snapshot();
  params.array_buffer_allocator = &allocator_;
  params.allow_atomics_wait = false;
  params.constraints.ConfigureDefaultsFromHeapSize(0, static_cast<size_t>(memory_bytes_max));
  isolate_ = v8::Isolate::New(params);
  isolate_->SetData(0, this);
  isolate_->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  allocator_.set_isolate(isolate_);
  isolate_->AddNearHeapLimitCallback(OnNearHeapLimit, this);
  Start();
}

DocumentIsolate::~DocumentIsolate() {
  {
    v8::Isolate::Scope scope(isolate_);
    run_.Reset();
    context_.Reset();
  }
  v8::platform::NotifyIsolateShutdown(&InitializedPlatform(), isolate_);
  isolate_->Dispose();
}

// The engine's script is part of the program: what goes wrong here is not for a caller to handle.
void DocumentIsolate::Start() {
  v8::Isolate::Scope isolate_scope(isolate_);
  v8::HandleScope handles(isolate_);
  v8::Local<v8::Context> context = v8::Context::New(isolate_);
  v8::Context::Scope context_scope(context);
  v8::ScriptOrigin origin(isolate_, v8::String::NewFromUtf8Literal(isolate_, kScriptName));
  v8::Local<v8::Script> script =
      v8::Script::Compile(context, DocumentsScript(isolate_).ToLocalChecked(), &origin).ToLocalChecked();
  script->Run(context).ToLocalChecked();
  v8::Local<v8::Object> global = context->Global();
  v8::Local<v8::String> name = v8::String::NewFromUtf8Literal(isolate_, kStartName);
  v8::Local<v8::Value> start = global->Get(context, name).ToLocalChecked();
  v8::Local<v8::Value> natives = MakeDocumentNatives(isolate_)->NewInstance(context).ToLocalChecked();
  v8::Local<v8::Value> run = start.As<v8::Function>()->Call(context, global, 1, &natives).ToLocalChecked();
  run_.Reset(isolate_, run.As<v8::Function>());
  context_.Reset(isolate_, context);
}

size_t DocumentIsolate::OnNearHeapLimit(void* self, size_t current_bytes, size_t /*initial_bytes*/) {
  auto* documents = static_cast<DocumentIsolate*>(self);
  documents->condemned_ = true;
  documents->isolate_->TerminateExecution();
  return documents->limit_raises_++ < kLimitRaisesMax ? current_bytes + kLimitRaiseBytes : current_bytes;
}

EngineResult DocumentIsolate::Run(const EngineCommand& command, DocumentStore& store, Watchdog& watchdog) {
  v8::Isolate::Scope isolate_scope(isolate_);
  v8::HandleScope handles(isolate_);
  v8::Local<v8::Context> context = context_.Get(isolate_);
  v8::Context::Scope context_scope(context);
  // What V8 has put off, of the last command most of all.
  while (v8::platform::PumpMessageLoop(&InitializedPlatform(), isolate_)) continue;
  v8::TryCatch try_catch(isolate_);
  store_ = &store;
  failure_ = {8, "UnknownError", "the embedded database's engine failed"};
  v8::Local<v8::Value> arguments[] = {ToV8(isolate_, command.database), ToUint8Array(isolate_, command.command),
                                      v8::Number::New(isolate_, static_cast<double>(command.now_ms))};
  watchdog.Enter(isolate_, MonotonicNanos(), std::numeric_limits<int64_t>::max(), command.deadline_ns);
  v8::MaybeLocal<v8::Value> returned = run_.Get(isolate_)->Call(context, context->Global(), 3, arguments);
  Watchdog::Verdict verdict = watchdog.Leave();
  isolate_->CancelTerminateExecution();
  store_ = nullptr;
  return ResultOf(returned, verdict);
}

EngineResult DocumentIsolate::ResultOf(v8::MaybeLocal<v8::Value> returned, Watchdog::Verdict verdict) {
  if (condemned_) return MemoryLimit();
  if (verdict == Watchdog::Verdict::kStopped) return EngineFailure{11601, "Interrupted", "operation was interrupted"};
  if (verdict != Watchdog::Verdict::kNone) {
    return EngineFailure{50, "MaxTimeMSExpired", "operation exceeded time limit"};
  }
  v8::Local<v8::Value> reply;
  if (!returned.ToLocal(&reply) || !reply->IsUint8Array()) return std::move(failure_);
  return std::string(BytesOf(reply.As<v8::ArrayBufferView>()));
}

}  // namespace overlock::executor::js
