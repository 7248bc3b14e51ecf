// The modules that functions can require(), as the build linked them into this program.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_EMBEDDED_LIBRARY_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_EMBEDDED_LIBRARY_H_

#include <v8-local-handle.h>
#include <v8-primitive.h>

#include <string_view>

namespace overlock::executor::js {

// The text of a module, ASCII; it lives as long as the program. Empty if there is none of that name. Thread-safe.
std::string_view LibraryModule(std::string_view name);

// A string of the isolate that uses the module's memory instead of a copy.
v8::MaybeLocal<v8::String> LibraryString(v8::Isolate* isolate, std::string_view module);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_EMBEDDED_LIBRARY_H_
