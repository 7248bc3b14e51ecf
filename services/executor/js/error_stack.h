// What the `stack` of an error looks like, and the line of source that it points to.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_ERROR_STACK_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_ERROR_STACK_H_

#include <v8-context.h>
#include <v8-isolate.h>
#include <v8-message.h>

#include <string>
#include <string_view>

#include "services/executor/js/loaded_app.h"

namespace overlock::executor::js {

// Stacks in this isolate are written as V8 writes them, without the frames of the runtime library. What a function sets
// as `Error.prepareStackTrace` decides what its own code reads, and not what StackOf() gives.
void SetStackFormat(v8::Isolate* isolate);
// Keeps what that needs of a context. Call it before any other code runs there.
bool KeepErrorFunctions(v8::Isolate* isolate, v8::Local<v8::Context> context);
// The stack of an Error; empty for anything else, and where the function has put something else in its place that is no
// text.
v8::Local<v8::String> StackOf(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> error);

// "FILE:LINE", that line of `source` and a caret below its columns, which are counted from 0 in UTF-16 units. Of a long
// line the part round the caret.
std::string SourceExcerpt(std::string_view file, std::string_view source, int line, int begin_column, int end_column);
// The same where a script could not be compiled, or where it threw; empty if nobody knows.
std::string SourceExcerpt(v8::Local<v8::Context> context, v8::Local<v8::Message> message, std::string_view file,
                          std::string_view source);
// `stack` with the excerpt before it that belongs to the first frame in a file of the application.
std::string WithSourceExcerpt(const LoadedApp& app, std::string_view stack);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_ERROR_STACK_H_
