// A function's source on its way to a script.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_SCRIPT_SOURCE_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_SCRIPT_SOURCE_H_

#include <v8-context.h>
#include <v8-isolate.h>
#include <v8-script.h>

#include <string_view>

#include "overlock/executor/v1/executor_service.pb.h"

namespace overlock::executor::js {

// The source as V8 gets it: editors put a byte order mark before the first line, which may name an interpreter.
// Positions count from here.
std::string_view WithoutByteOrderMark(std::string_view source);

// Compiles the source, which has no byte order mark, as the one script of a function is compiled (spec section 9.1):
// not as a module, nothing stands round it. Empty with an exception when it does not compile.
v8::MaybeLocal<v8::Script> CompileScript(v8::Isolate* isolate, v8::Local<v8::Context> context, std::string_view name,
                                         std::string_view source);

// Compiles each of the sources as a function's and adds a problem for each that does not compile. Executes nothing of
// them. False when the isolate's execution was terminated meanwhile: then nothing is known of the rest.
bool CompileSources(v8::Isolate* isolate, const v1::CompileRequest& request, v1::CompileResponse& response);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_SCRIPT_SOURCE_H_
