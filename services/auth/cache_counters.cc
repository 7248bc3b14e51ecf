#include "services/auth/cache_counters.h"

#include <string>

namespace overlock::auth {

CacheCounters::CacheCounters(Metrics& metrics, std::string_view cache) {
  auto counter = [&](const char* result) {
    return &metrics.GetCounter("overlock_auth_cache_lookups_total",
                               "Look-ups of what was read, checked or fetched a moment ago.",
                               {{"cache", std::string(cache)}, {"result", result}});
  };
  hits_ = counter("hit");
  misses_ = counter("miss");
}

}  // namespace overlock::auth
