// One invocation as the worker knows it.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_IN_FLIGHT_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_IN_FLIGHT_H_

#include <v8-object.h>
#include <v8-persistent-handle.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/js/loaded_app.h"

namespace overlock::executor::js {

class AppIsolate;
class FunctionContext;

// From its claim to its answer. The JavaScript thread's.
struct InFlight {
  worker::v1::Invoke invoke;
  // Its `done` gathers the answer.
  worker::v1::FromWorker reply;
  std::shared_ptr<const LoadedApp> app;
  const Code* code = nullptr;
  std::shared_ptr<AppIsolate> isolate;
  std::shared_ptr<FunctionContext> context;
  // The runtime library's own Invocation, in `context`. Empty until the function was called.
  v8::Global<v8::Object> handle;
  int64_t started_ns = 0;
  int64_t deadline_ns = 0;
  int64_t cpu_used_ns = 0;
  // Timers, functions called that have not settled, and service calls.
  int pending_operations = 0;
  // Timers that it does not wait for.
  int background_timers = 0;
  // What its service calls under way ask, in bytes.
  size_t service_call_bytes = 0;
  // Its answer stands in `reply`.
  bool answered = false;
  // It waited at least once.
  bool parked = false;
  bool cold = false;

  uint64_t sequence() const { return invoke.sequence(); }
  v1::ExecuteResponse& response() { return *reply.mutable_done()->mutable_response(); }
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_IN_FLIGHT_H_
