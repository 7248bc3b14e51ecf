// The native functions of the embedded database's engine: runtime/documents/native.ts says what each does.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_DOCUMENT_NATIVES_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_DOCUMENT_NATIVES_H_

#include <v8-isolate.h>
#include <v8-local-handle.h>
#include <v8-template.h>

namespace overlock::executor::js {

// A template of the object that holds them all. The isolate must be that of a DocumentIsolate.
v8::Local<v8::ObjectTemplate> MakeDocumentNatives(v8::Isolate* isolate);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_DOCUMENT_NATIVES_H_
