// The engine of the embedded database, as the build linked it into this program.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_EMBEDDED_DOCUMENTS_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_EMBEDDED_DOCUMENTS_H_

#include <v8-local-handle.h>
#include <v8-primitive.h>

namespace overlock::executor::js {

// A string of the isolate that uses the program's memory instead of a copy.
v8::MaybeLocal<v8::String> DocumentsScript(v8::Isolate* isolate);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_EMBEDDED_DOCUMENTS_H_
