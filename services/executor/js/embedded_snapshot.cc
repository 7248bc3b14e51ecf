#include "services/executor/js/embedded_snapshot.h"

#include <cstddef>

// The build defines OVERLOCK_SNAPSHOT_FILE.
asm(".pushsection .rodata\n"
    ".balign 64\n"
    ".global overlock_snapshot_begin\n"
    ".global overlock_snapshot_end\n"
    "overlock_snapshot_begin:\n"
    ".incbin \"" OVERLOCK_SNAPSHOT_FILE
    "\"\n"
    "overlock_snapshot_end:\n"
    ".popsection\n");

extern "C" const char overlock_snapshot_begin[];
extern "C" const char overlock_snapshot_end[];

namespace overlock::executor::js {

std::string_view EmbeddedSnapshot() {
  return {overlock_snapshot_begin, static_cast<size_t>(overlock_snapshot_end - overlock_snapshot_begin)};
}

}  // namespace overlock::executor::js
