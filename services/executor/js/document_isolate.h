// An isolate that runs the engine of the embedded database.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_DOCUMENT_ISOLATE_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_DOCUMENT_ISOLATE_H_

#include <v8-context.h>
#include <v8-function.h>
#include <v8-isolate.h>
#include <v8-persistent-handle.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "services/executor/data/embedded/document_engine.h"
#include "services/executor/js/array_buffer_allocator.h"
#include "services/executor/js/watchdog.h"

namespace overlock::executor::js {

// One thread makes it, uses it and destroys it. No code of an application runs in it, but its data does: what queries
// do is bound by time and memory.
class DocumentIsolate {
 public:
  // `memory_bytes_max` is for the heap and for array buffers together.
  explicit DocumentIsolate(int64_t memory_bytes_max);
  ~DocumentIsolate();
  DocumentIsolate(const DocumentIsolate&) = delete;
  DocumentIsolate& operator=(const DocumentIsolate&) = delete;

  static DocumentIsolate& Of(v8::Isolate* isolate) { return *static_cast<DocumentIsolate*>(isolate->GetData(0)); }

  EngineResult Run(const EngineCommand& command, DocumentStore& store, Watchdog& watchdog);
  // Its memory came to its limit: it must not be used again.
  bool condemned() const { return condemned_; }

  // For natives: the store of the command that runs, and how it failed.
  DocumentStore& store() { return *store_; }
  void set_failure(EngineFailure failure) { failure_ = std::move(failure); }

 private:
  void Start();
  static size_t OnNearHeapLimit(void* self, size_t current_bytes, size_t initial_bytes);
  EngineResult ResultOf(v8::MaybeLocal<v8::Value> returned, Watchdog::Verdict verdict);

  ArrayBufferAllocator allocator_;
  v8::Isolate* isolate_;
  v8::Global<v8::Context> context_;
  v8::Global<v8::Function> run_;
  DocumentStore* store_ = nullptr;
  EngineFailure failure_;
  bool condemned_ = false;
  int limit_raises_ = 0;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_DOCUMENT_ISOLATE_H_
