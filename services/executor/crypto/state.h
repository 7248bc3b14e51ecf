// What cryptography keeps between the calls of an application's functions.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CRYPTO_STATE_H_
#define OVERLOCK_SERVICES_EXECUTOR_CRYPTO_STATE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "services/executor/crypto/ciphers.h"
#include "services/executor/crypto/digests.h"
#include "services/executor/crypto/keys.h"

namespace overlock::executor::crypto {

// Hashes and ciphers that are under way, by number. A function that begins one may never end it: at most kStreamsMax
// are kept, and the one that was used longest ago goes, so that nothing has to be cleaned up. Not thread-safe.
class StreamTable {
 public:
  static constexpr size_t kStreamsMax = 256;

  template <class Stream>
  uint64_t Add(Stream stream) {
    if (slots_.size() == kStreamsMax) RemoveOldest();
    slots_.push_back({++ids_, ++uses_, std::move(stream)});
    return ids_;
  }
  // Null if there is none of that number, or it is of the other kind.
  template <class Stream>
  Stream* Find(uint64_t id) {
    for (Slot& slot : slots_) {
      if (slot.id != id) continue;
      slot.used = ++uses_;
      return std::get_if<Stream>(&slot.stream);
    }
    return nullptr;
  }
  void Remove(uint64_t id) {
    std::erase_if(slots_, [&](const Slot& slot) { return slot.id == id; });
  }
  size_t size() const { return slots_.size(); }

 private:
  struct Slot {
    uint64_t id;
    uint64_t used;
    std::variant<DigestStream, CipherStream> stream;
  };
  void RemoveOldest() {
    uint64_t oldest = uses_;
    for (const Slot& slot : slots_) oldest = std::min(oldest, slot.used);
    std::erase_if(slots_, [&](const Slot& slot) { return slot.used == oldest; });
  }

  std::vector<Slot> slots_;
  uint64_t ids_ = 0;
  uint64_t uses_ = 0;
};

struct State {
  StreamTable streams;
  KeyCache keys;
};

}  // namespace overlock::executor::crypto

#endif  // OVERLOCK_SERVICES_EXECUTOR_CRYPTO_STATE_H_
