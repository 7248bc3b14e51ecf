// What invocations wait for outside the worker.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_OPERATIONS_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_OPERATIONS_H_

#include <v8-function.h>
#include <v8-persistent-handle.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"

namespace overlock::executor::js {

// Calls of services that have no result yet. The JavaScript thread's.
class Operations {
 public:
  struct Operation {
    uint64_t sequence = 0;
    // What was asked.
    size_t bytes = 0;
    // Called with the result: see callService() in runtime/src/native.ts.
    v8::Global<v8::Function> settle;
  };

  // Gives the operation's number, unique in this worker.
  uint64_t Add(Operation operation);
  // Nullopt if there is none, or it belongs to another invocation.
  std::optional<Operation> Take(uint64_t sequence, uint64_t number);
  // The invocation has ended.
  void RemoveAllOf(uint64_t sequence);

 private:
  uint64_t last_number_ = 0;
  absl::flat_hash_map<uint64_t, Operation> operations_;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_OPERATIONS_H_
