// The context of one function of one revision, and the way into its runtime library.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_FUNCTION_CONTEXT_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_FUNCTION_CONTEXT_H_

#include <v8-context.h>
#include <v8-function.h>
#include <v8-persistent-handle.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "overlock/executor/v1/executor_service.pb.h"
#include "services/executor/js/app_isolate.h"
#include "services/executor/js/in_flight.h"
#include "services/executor/js/loaded_app.h"

namespace overlock::executor::js {

// How a result is written; as in runtime/src/invocation.ts.
enum class ResultForm : int { kNone = 0, kCanonical = 1, kPlain = 2 };

// What the response object does; as in runtime/src/invocation.ts.
enum class ResponseUse : int { kNone = 0, kInsteadOfResult = 1, kAroundResult = 2 };

// Every method is called with the isolate entered and a handle scope open, and runs JavaScript. Where execution is
// terminated, results are empty; why, the isolate and the watchdog know.
class FunctionContext {
 public:
  // Makes the context and loads the function's script into it (spec section 9.1), as part of the invocation `sequence`.
  // Null with `failure` set when the script does not load.
  static std::shared_ptr<FunctionContext> Create(AppIsolate& isolate, std::shared_ptr<const LoadedApp> app,
                                                 const Code& code, uint64_t sequence, v1::Failure& failure);
  ~FunctionContext();

  const LoadedApp& app() const { return *app_; }

  // Calls the function for the request; gives the runtime library's Invocation.
  // `shared_body` is the body where that does not stand in the request.
  v8::MaybeLocal<v8::Object> Invoke(const InFlight& in_flight, std::string_view shared_body);
  // What shall be answered: see finish() in runtime/src/run.ts.
  v8::MaybeLocal<v8::Value> Finish(v8::Local<v8::Object> invocation, ResultForm form, ResponseUse use);
  // Calls the function for another context's function; gives an Outcome.
  v8::MaybeLocal<v8::Value> CallFromFunction(v8::Local<v8::Value> caller, v8::Local<v8::Value> args, bool as_system);
  // The text of what was thrown, and where: its stack where it has one.
  std::string Describe(v8::Local<v8::Value> error);

 private:
  FunctionContext(AppIsolate& isolate, std::shared_ptr<const LoadedApp> app)
      : isolate_(isolate), app_(std::move(app)) {}
  bool Install();
  bool Load(const Code& code, v1::Failure& failure);
  bool Run(const Code& code, v8::Local<v8::Script> script, v1::Failure& failure);
  bool TakeHandler(v1::Failure& failure);
  // Message and stack of what was thrown.
  std::pair<std::string, std::string> Explain(v8::Local<v8::Value> error);
  bool TakeHook(v8::Local<v8::Object> hooks, const char* name, v8::Global<v8::Function>& hook);
  v8::Local<v8::Value> RequestHeaders(const InFlight& in_flight);
  template <size_t N>
  v8::MaybeLocal<v8::Value> Call(const v8::Global<v8::Function>& hook, v8::Local<v8::Value> (&args)[N]);

  AppIsolate& isolate_;
  // Keeps the source's address unique while the context lives.
  const std::shared_ptr<const LoadedApp> app_;
  v8::Global<v8::Context> context_;
  v8::Global<v8::Value> handler_;
  v8::Global<v8::Function> prepare_;
  v8::Global<v8::Function> invoke_;
  v8::Global<v8::Function> finish_;
  v8::Global<v8::Function> call_from_function_;
  v8::Global<v8::Function> explain_;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_FUNCTION_CONTEXT_H_
