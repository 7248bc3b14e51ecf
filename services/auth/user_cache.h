// Users who logged in a moment ago, by what they logged in with.
#ifndef OVERLOCK_SERVICES_AUTH_USER_CACHE_H_
#define OVERLOCK_SERVICES_AUTH_USER_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "overlock/auth/v1/user_resources.pb.h"
#include "services/auth/cache_counters.h"

namespace overlock::auth {

// Spares the database those who come again and again. What was read at one generation of the directory counts for that
// one only, so a change is seen at once where it is made, and elsewhere when its notification arrives; without one
// after half a minute. Thread-safe.
class UserCache {
 public:
  static constexpr absl::Duration kKeep = absl::Seconds(30);
  static constexpr size_t kEntriesMax = 10'000;

  explicit UserCache(const Clock& clock = Clock::Real(), CacheCounters counters = {})
      : clock_(clock), counters_(counters) {}

  // Null if there is nothing of this generation.
  std::shared_ptr<const v1::UserRecord> Find(const std::string& tag, uint64_t generation);
  // `generation` is what it was before the record was read.
  void Insert(const std::string& tag, uint64_t generation, std::shared_ptr<const v1::UserRecord> record);

 private:
  struct Entry {
    std::string tag;
    uint64_t generation;
    absl::Time inserted;
    std::shared_ptr<const v1::UserRecord> record;
  };

  std::shared_ptr<const v1::UserRecord> Look(const std::string& tag, uint64_t generation);

  const Clock& clock_;
  const CacheCounters counters_;
  std::mutex mutex_;
  // The newest in front.
  std::list<Entry> entries_;
  absl::flat_hash_map<std::string, std::list<Entry>::iterator> by_tag_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_USER_CACHE_H_
