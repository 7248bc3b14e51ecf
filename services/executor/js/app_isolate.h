// The isolate of one application.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_APP_ISOLATE_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_APP_ISOLATE_H_

#include <v8-isolate.h>
#include <v8-object.h>
#include <v8-persistent-handle.h>
#include <v8-promise.h>
#include <v8-snapshot.h>
#include <v8-template.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/executor/crypto/state.h"
#include "services/executor/js/array_buffer_allocator.h"

namespace overlock::executor::js {

class FunctionContext;
class Invocations;

// Holds the heap that all functions of an application share in this worker, and its contexts. The JavaScript thread's.
// No handle, context or timer of the isolate may outlive it, and it must not be destroyed while it is entered.
class AppIsolate {
 public:
  // `snapshot` and `host` must outlive it. `memory_bytes_max` is the limit of the heap and of array buffers
  // together.
  AppIsolate(v8::StartupData& snapshot, Invocations* host, int64_t memory_bytes_max);
  ~AppIsolate();
  AppIsolate(const AppIsolate&) = delete;
  AppIsolate& operator=(const AppIsolate&) = delete;

  static AppIsolate& Of(v8::Isolate* isolate) { return *static_cast<AppIsolate*>(isolate->GetData(0)); }

  v8::Isolate* get() const { return isolate_; }
  Invocations& host() const { return *host_; }
  int64_t memory_bytes_max() const { return memory_bytes_max_; }
  ArrayBufferAllocator& allocator() { return allocator_; }
  // Heap and array buffers, garbage included, as they were last measured.
  int64_t memory_bytes() const { return memory_bytes_; }
  void Measure();
  // Of its functions together.
  crypto::State& crypto() { return crypto_; }

  // True from the moment its memory came to its limit: no new invocation may begin here.
  bool condemned() const { return condemned_; }
  // Whether its memory came to its limit since the last call. The isolate was told to terminate then.
  bool TakeMemoryLimitHit() { return std::exchange(memory_limit_hit_, false); }

  // The object of native functions for the current context.
  v8::Local<v8::Object> NewNatives(v8::Local<v8::Context> context);
  // A header's name as a property name.
  v8::Local<v8::String> HeaderName(std::string_view name);

  // Contexts by the address of their source. At most kContextsMax; the one that was longest unused goes.
  static constexpr size_t kContextsMax = 64;
  std::shared_ptr<FunctionContext> FindContext(const std::string* source);
  void PutContext(const std::string* source, std::shared_ptr<FunctionContext> context);
  // Forgets the context if it is this one. Invocations that run in it finish there.
  void ForgetContext(const FunctionContext* context);
  // Forgets the contexts of a revision.
  void ForgetContextsOf(int64_t revision);

  // Values of promises that were rejected and that nobody has handled, since the last call.
  std::vector<v8::Local<v8::Value>> TakeUnhandledRejections();

 private:
  struct Kept {
    std::shared_ptr<FunctionContext> context;
    uint64_t used = 0;
  };
  struct Rejection {
    v8::Global<v8::Promise> promise;
    v8::Global<v8::Value> value;
  };
  static void OnCollected(v8::Isolate* isolate, v8::GCType type, v8::GCCallbackFlags flags, void* self);
  static void CollectAndCheck(v8::Isolate* isolate, void* self);
  void HitMemoryLimit();
  static size_t OnNearHeapLimit(void* self, size_t current_bytes, size_t initial_bytes);
  static void OnPromiseReject(v8::PromiseRejectMessage message);

  Invocations* const host_;
  const int64_t memory_bytes_max_;
  ArrayBufferAllocator allocator_;
  crypto::State crypto_;
  v8::Isolate* isolate_;
  int64_t memory_bytes_ = 0;
  // With more than this it is looked at what of it is garbage.
  int64_t collect_beyond_bytes_;
  bool collection_requested_ = false;
  bool condemned_ = false;
  bool memory_limit_hit_ = false;
  int limit_raises_ = 0;
  uint64_t uses_ = 0;
  v8::Global<v8::ObjectTemplate> natives_;
  absl::flat_hash_map<std::string, v8::Global<v8::String>> header_names_;
  absl::flat_hash_map<const std::string*, Kept> contexts_;
  std::vector<Rejection> rejections_;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_APP_ISOLATE_H_
