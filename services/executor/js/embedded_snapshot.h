// The snapshot file that the build linked into this program.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_EMBEDDED_SNAPSHOT_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_EMBEDDED_SNAPSHOT_H_

#include <string_view>

namespace overlock::executor::js {

// To be opened by OpenSnapshot(). Lives as long as the program.
std::string_view EmbeddedSnapshot();

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_EMBEDDED_SNAPSHOT_H_
