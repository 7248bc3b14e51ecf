// The memory of array buffers, within a budget.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_ARRAY_BUFFER_ALLOCATOR_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_ARRAY_BUFFER_ALLOCATOR_H_

#include <v8-array-buffer.h>
#include <v8-isolate.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace overlock::executor::js {

// One isolate's allocator: what it gives and what the heap holds are within `bytes_max` together. V8 frees on threads
// of its own; all else happens on the isolate's.
class ArrayBufferAllocator : public v8::ArrayBuffer::Allocator {
 public:
  explicit ArrayBufferAllocator(size_t bytes_max) : bytes_max_(bytes_max) {}
  // Whose heap counts, too; before it none does.
  void set_isolate(v8::Isolate* isolate) { isolate_ = isolate; }

  // Null beyond the budget; V8 then throws a RangeError.
  void* Allocate(size_t length) override;
  void* AllocateUninitialized(size_t length) override;
  void Free(void* data, size_t length) override;

  // While one lives the budget is not held, only charged: V8 aborts when what it makes of the snapshot gets no memory.
  class Lenience {
   public:
    explicit Lenience(ArrayBufferAllocator& allocator) : allocator_(allocator) { allocator_.lenient_ = true; }
    ~Lenience() { allocator_.lenient_ = false; }
    Lenience(const Lenience&) = delete;
    Lenience& operator=(const Lenience&) = delete;

   private:
    ArrayBufferAllocator& allocator_;
  };

  // Whether a buffer was refused since the last call.
  bool TakeRefused() { return refused_.exchange(false, std::memory_order_relaxed); }

 private:
  bool Charge(size_t length);

  const size_t bytes_max_;
  v8::Isolate* isolate_ = nullptr;
  bool lenient_ = false;
  // The heap as it was last measured, and what has been given since.
  size_t heap_bytes_ = 0;
  size_t unmeasured_bytes_ = 0;
  std::atomic<size_t> bytes_ = 0;
  std::atomic<bool> refused_ = false;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_ARRAY_BUFFER_ALLOCATOR_H_
