// Counts what the caches of auth had.
#ifndef OVERLOCK_SERVICES_AUTH_CACHE_COUNTERS_H_
#define OVERLOCK_SERVICES_AUTH_CACHE_COUNTERS_H_

#include <string_view>

#include "common/telemetry/metrics.h"

namespace overlock::auth {

// `overlock_auth_cache_lookups_total{cache,result}` of one cache; `result` is `hit` or `miss`. A value that a cache
// keeps; thread-safe, takes no lock.
class CacheCounters {
 public:
  // Counts nothing.
  CacheCounters() = default;
  // `cache` is a constant: `users`. `metrics` must outlive it.
  CacheCounters(Metrics& metrics, std::string_view cache);

  void Count(bool hit) const {
    if (Counter* counter = hit ? hits_ : misses_) counter->Increment();
  }

 private:
  Counter* hits_ = nullptr;
  Counter* misses_ = nullptr;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_CACHE_COUNTERS_H_
