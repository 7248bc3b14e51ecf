// V8 in this process.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_PLATFORM_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_PLATFORM_H_

#include <v8-platform.h>

namespace overlock::executor::js {

// Initialises V8 on the first call and gives its platform, which lives until the process ends. A snapshot can only be
// read by a process that was initialised in this way, too. The first call comes before any isolate and before the jail
// closes, because V8 starts `background_threads` then for garbage collection and compilation. Thread-safe.
v8::Platform& InitializedPlatform(int background_threads = 1);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_PLATFORM_H_
