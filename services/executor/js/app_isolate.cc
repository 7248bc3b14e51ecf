#include "services/executor/js/app_isolate.h"

#include <libplatform/libplatform.h>
#include <v8-context.h>
#include <v8-statistics.h>

#include <algorithm>

#include "services/executor/js/error_stack.h"
#include "services/executor/js/function_context.h"
#include "services/executor/js/natives.h"
#include "services/executor/js/platform.h"
#include "services/executor/js/strings.h"

namespace overlock::executor::js {
namespace {

// What a function gets so that its execution can be ended in an orderly way.
constexpr size_t kLimitRaiseBytes = 64 << 20;
constexpr int kLimitRaisesMax = 2;
constexpr size_t kHeaderNamesMax = 256;
constexpr size_t kRejectionsMax = 32;

}  // namespace

AppIsolate::AppIsolate(v8::StartupData& snapshot, Invocations* host, int64_t memory_bytes_max)
    : host_(host),
      memory_bytes_max_(memory_bytes_max),
      allocator_(static_cast<size_t>(memory_bytes_max)),
      collect_beyond_bytes_(memory_bytes_max) {
  v8::Isolate::CreateParams params;
  params.snapshot_blob = &snapshot;
  params.array_buffer_allocator = &allocator_;
  params.allow_atomics_wait = false;
  params.constraints.ConfigureDefaultsFromHeapSize(0, static_cast<size_t>(memory_bytes_max));
  isolate_ = v8::Isolate::New(params);
  isolate_->SetData(0, this);
  isolate_->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  allocator_.set_isolate(isolate_);
  isolate_->AddNearHeapLimitCallback(OnNearHeapLimit, this);
  isolate_->AddGCEpilogueCallback(OnCollected, this);
  isolate_->SetPromiseRejectCallback(OnPromiseReject);
  SetStackFormat(isolate_);
  v8::Isolate::Scope scope(isolate_);
  v8::HandleScope handles(isolate_);
  natives_.Reset(isolate_, MakeNatives(isolate_));
}

AppIsolate::~AppIsolate() {
  {
    v8::Isolate::Scope scope(isolate_);
    contexts_.clear();
    header_names_.clear();
    rejections_.clear();
    natives_.Reset();
  }
  v8::platform::NotifyIsolateShutdown(&InitializedPlatform(), isolate_);
  isolate_->Dispose();
}

void AppIsolate::Measure() {
  v8::HeapStatistics statistics;
  isolate_->GetHeapStatistics(&statistics);
  memory_bytes_ = static_cast<int64_t>(statistics.used_heap_size() + statistics.external_memory());
}

// V8 limits the heap alone. When the heap grows it is collected, so here it is seen what array buffers add.
void AppIsolate::OnCollected(v8::Isolate* isolate, v8::GCType /*type*/, v8::GCCallbackFlags /*flags*/, void* self) {
  auto* app = static_cast<AppIsolate*>(self);
  app->Measure();
  if (app->memory_bytes_ <= app->collect_beyond_bytes_ || app->condemned_ || app->collection_requested_) return;
  app->collection_requested_ = true;
  isolate->RequestInterrupt(CollectAndCheck, self);
}

// What was measured may be garbage for the most part.
void AppIsolate::CollectAndCheck(v8::Isolate* isolate, void* self) {
  auto* app = static_cast<AppIsolate*>(self);
  app->collection_requested_ = false;
  if (app->condemned_) return;
  isolate->LowMemoryNotification();
  app->Measure();
  if (app->memory_bytes_ > app->memory_bytes_max_) return app->HitMemoryLimit();
  app->collect_beyond_bytes_ = std::max(app->memory_bytes_max_, app->memory_bytes_ + app->memory_bytes_max_ / 8);
}

void AppIsolate::HitMemoryLimit() {
  condemned_ = true;
  memory_limit_hit_ = true;
  isolate_->TerminateExecution();
}

size_t AppIsolate::OnNearHeapLimit(void* self, size_t current_bytes, size_t /*initial_bytes*/) {
  auto* app = static_cast<AppIsolate*>(self);
  app->HitMemoryLimit();
  // When that is used up, too, V8 ends the process; the supervisor knows what that means.
  return app->limit_raises_++ < kLimitRaisesMax ? current_bytes + kLimitRaiseBytes : current_bytes;
}

void AppIsolate::OnPromiseReject(v8::PromiseRejectMessage message) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  std::vector<Rejection>& rejections = Of(isolate).rejections_;
  if (message.GetEvent() == v8::kPromiseRejectWithNoHandler && rejections.size() < kRejectionsMax) {
    rejections.push_back(
        {v8::Global<v8::Promise>(isolate, message.GetPromise()), v8::Global<v8::Value>(isolate, message.GetValue())});
  } else if (message.GetEvent() == v8::kPromiseHandlerAddedAfterReject) {
    std::erase_if(rejections, [&](const Rejection& rejection) { return rejection.promise == message.GetPromise(); });
  }
}

std::vector<v8::Local<v8::Value>> AppIsolate::TakeUnhandledRejections() {
  std::vector<v8::Local<v8::Value>> values;
  for (const Rejection& rejection : rejections_) values.push_back(rejection.value.Get(isolate_));
  rejections_.clear();
  return values;
}

v8::Local<v8::Object> AppIsolate::NewNatives(v8::Local<v8::Context> context) {
  return natives_.Get(isolate_)->NewInstance(context).ToLocalChecked();
}

v8::Local<v8::String> AppIsolate::HeaderName(std::string_view name) {
  auto it = header_names_.find(name);
  if (it != header_names_.end()) return it->second.Get(isolate_);
  v8::Local<v8::String> text = ToV8Name(isolate_, name);
  if (header_names_.size() < kHeaderNamesMax) header_names_.emplace(name, v8::Global<v8::String>(isolate_, text));
  return text;
}

std::shared_ptr<FunctionContext> AppIsolate::FindContext(const std::string* source) {
  auto it = contexts_.find(source);
  if (it == contexts_.end()) return nullptr;
  it->second.used = ++uses_;
  return it->second.context;
}

void AppIsolate::PutContext(const std::string* source, std::shared_ptr<FunctionContext> context) {
  if (contexts_.size() >= kContextsMax) {
    contexts_.erase(std::min_element(contexts_.begin(), contexts_.end(),
                                     [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  }
  contexts_[source] = Kept{std::move(context), ++uses_};
}

void AppIsolate::ForgetContext(const FunctionContext* context) {
  absl::erase_if(contexts_, [&](const auto& entry) { return entry.second.context.get() == context; });
}

void AppIsolate::ForgetContextsOf(int64_t revision) {
  absl::erase_if(contexts_, [&](const auto& entry) { return entry.second.context->app().revision() == revision; });
}

}  // namespace overlock::executor::js
