// The native functions of the runtime library: runtime/src/native.ts says what each does.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_NATIVES_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_NATIVES_H_

#include <v8-function-callback.h>
#include <v8-isolate.h>
#include <v8-local-handle.h>
#include <v8-template.h>

#include <span>

namespace overlock::executor::js {

struct NativeFunction {
  const char* name;
  v8::FunctionCallback callback;
};

// One table a file: natives_<what>.cc.
std::span<const NativeFunction> InvocationNatives();
std::span<const NativeFunction> ByteNatives();
std::span<const NativeFunction> CryptoNatives();
std::span<const NativeFunction> LibraryNatives();
std::span<const NativeFunction> ServiceNatives();

// A template of the object that holds them all. The isolate must be that of an AppIsolate.
v8::Local<v8::ObjectTemplate> MakeNatives(v8::Isolate* isolate);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_NATIVES_H_
