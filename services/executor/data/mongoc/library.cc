#include "services/executor/data/mongoc/library.h"

#include <mongoc/mongoc.h>

#include <cstdlib>
#include <mutex>

#include "common/telemetry/log.h"

namespace overlock::executor {
namespace {

// The driver makes /dev/shm/mongoc-PID for counters that only its own mongoc-stat reads. A process that is killed
// leaves that file behind, and the next one with its number warns. Before main, because the environment must not change
// while other threads read it.
[[gnu::constructor]] void KeepNoCountersInSharedMemory() { setenv("MONGOC_DISABLE_SHM", "1", /*overwrite=*/0); }

thread_local int quiet = 0;

void LogLine(mongoc_log_level_t level, const char* domain, const char* message, void*) {
  if (quiet > 0 || level > MONGOC_LOG_LEVEL_WARNING) return;
  log::Write(level == MONGOC_LOG_LEVEL_WARNING ? log::Level::kWarning : log::Level::kError, "the MongoDB driver says",
             {{"part", domain}, {"message", message}});
}

}  // namespace

void StartMongoLibrary() {
  static std::once_flag once;
  std::call_once(once, [] {
    mongoc_log_set_handler(&LogLine, nullptr);
    mongoc_init();
  });
}

QuietMongoLibrary::QuietMongoLibrary() { ++quiet; }
QuietMongoLibrary::~QuietMongoLibrary() { --quiet; }

}  // namespace overlock::executor
