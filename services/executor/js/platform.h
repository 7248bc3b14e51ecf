// V8 in this process.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_PLATFORM_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_PLATFORM_H_

#include <v8-platform.h>

namespace overlock::executor::js {

// Initialises V8 on the first call and gives its platform, which lives until the process ends. A snapshot can only be
// read by a process that was initialised in this way, too. Not thread-safe; the first call comes before any isolate and
// before the jail closes, because V8 starts a thread.
v8::Platform& InitializedPlatform();

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_PLATFORM_H_
