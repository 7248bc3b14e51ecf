// The start-up snapshot: the heap that every context begins with.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_SNAPSHOT_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_SNAPSHOT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace overlock::executor::js {

// The property of the global object under which a new context finds the runtime library's install function. It must be
// taken away before any function's own code runs.
inline constexpr char kInstallName[] = "__overlockInstall";
// The context of the snapshot that has the runtime library. The default one has nothing of ours.
inline constexpr size_t kRuntimeContextIndex = 0;
// The script name of the runtime library, as it stands in stacks.
inline constexpr char kRuntimeScriptName[] = "overlock:runtime";

// Puts a header before V8's blob. V8 ends the process when it is given a damaged blob or another version's, whatever
// its own check says, so the header holds V8's version and a hash.
std::string SealSnapshot(std::string_view blob);

// The blob inside `file`. DATA_LOSS (`SNAPSHOT_INVALID`) if it is not what SealSnapshot() made with this V8.
absl::StatusOr<std::string_view> OpenSnapshot(std::string_view file);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_SNAPSHOT_H_
