// Passwords and signatures that were found right a moment ago.
#ifndef OVERLOCK_SERVICES_AUTH_PROOF_CACHE_H_
#define OVERLOCK_SERVICES_AUTH_PROOF_CACHE_H_

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "services/auth/cache_counters.h"

namespace overlock::auth {

// Holds HMACs under a random key of this process, of the proof together with what it was checked against: the password
// and the hash that the store has for it, a signed token and the keys of a provider. When the password is changed, here
// or in another process, the hash is another and nothing is found; so it is with keys. Whoever reads this memory learns
// no password without the key, and then has to guess. What can change meanwhile the caller still has to look at:
// whether the user is disabled or gone, whether the token has expired. Thread-safe.
class ProofCache {
 public:
  static constexpr absl::Duration kKeep = absl::Minutes(5);
  static constexpr size_t kEntriesMax = 10'000;

  explicit ProofCache(const Clock& clock = Clock::Real(), CacheCounters counters = {});

  // What stands for this proof and what it is checked against.
  std::string TagOf(std::string_view against, std::string_view proof) const;
  // Whether it was found right in the last five minutes.
  bool Contains(const std::string& tag);
  // It is right. The entry used longest ago makes room.
  void Insert(const std::string& tag);

 private:
  bool Look(const std::string& tag);

  const Clock& clock_;
  const CacheCounters counters_;
  const std::string key_;
  std::mutex mutex_;
  // With the time of insertion, the newest in front.
  std::list<std::pair<std::string, absl::Time>> entries_;
  absl::flat_hash_map<std::string, std::list<std::pair<std::string, absl::Time>>::iterator> by_tag_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_PROOF_CACHE_H_
