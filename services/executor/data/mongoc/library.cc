#include "services/executor/data/mongoc/library.h"

#include <mongoc/mongoc.h>

#include <cstdlib>
#include <mutex>

#include "common/telemetry/log.h"

namespace overlock::executor {
namespace {

// The driver starts itself before main, and then makes /dev/shm/mongoc-PID for counters that only its own mongoc-stat
// reads. A process that is killed leaves that file behind, and the next one with its number warns on standard error,
// which may be a command's. Constructors of a lower priority run first.
[[gnu::constructor(101)]] void KeepNoCountersInSharedMemory() { setenv("MONGOC_DISABLE_SHM", "1", /*overwrite=*/0); }

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
