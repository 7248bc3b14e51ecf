#include "services/executor/js/platform.h"

#include <libplatform/libplatform.h>
#include <sys/random.h>
#include <v8-initialization.h>

#include <memory>

namespace overlock::executor::js {
namespace {

// V8 would read /dev/urandom, which a jailed process cannot open.
bool FillRandom(unsigned char* buffer, size_t length) {
  while (length > 0) {
    ssize_t got = getrandom(buffer, length, 0);
    if (got <= 0) return false;
    buffer += got;
    length -= static_cast<size_t>(got);
  }
  return true;
}

v8::Platform* Initialize(int background_threads) {
  v8::Platform* platform = v8::platform::NewDefaultPlatform(background_threads).release();
  v8::V8::SetFlagsFromString("--no-expose-wasm");
  // OpenSnapshot() does it once; V8 would for each isolate (0.4 ms).
  v8::V8::SetFlagsFromString("--no-verify-snapshot-checksum");
  v8::V8::SetEntropySource(FillRandom);
  v8::V8::InitializePlatform(platform);
  v8::V8::Initialize();
  return platform;
}

}  // namespace

v8::Platform& InitializedPlatform(int background_threads) {
  static v8::Platform* platform = Initialize(background_threads);
  return *platform;
}

}  // namespace overlock::executor::js
