// JWK sets that are somewhere else, kept here.
#ifndef OVERLOCK_SERVICES_AUTH_JWK_CACHE_H_
#define OVERLOCK_SERVICES_AUTH_JWK_CACHE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/call_context.h"
#include "common/async/clock.h"
#include "common/async/task.h"
#include "common/http_client/address_guard.h"
#include "common/http_client/http_client.h"
#include "common/jwt/jwk_set.h"
#include "services/auth/cache_counters.h"

namespace overlock::auth {

// Fetches sets and keeps them ten minutes. A key id that a set does not have makes it be fetched again, but nothing is
// fetched more than once a minute; the last good set is used until there is a better one. Thread-safe.
class JwkCache {
 public:
  static constexpr absl::Duration kFreshFor = absl::Minutes(10);
  static constexpr absl::Duration kFetchEvery = absl::Minutes(1);
  static constexpr absl::Duration kFetchTime = absl::Seconds(5);
  static constexpr size_t kUrlsMax = 1'000;

  // The text at a URL.
  using Fetch = std::function<Task<absl::StatusOr<std::string>>(std::string url, CallContext call)>;

  // A hit for `counters` is a look-up that neither fetched nor waited, and got a set.
  explicit JwkCache(Fetch fetch, const Clock& clock = Clock::Real(), CacheCounters counters = {})
      : fetch_(std::move(fetch)), clock_(clock), counters_(counters) {}

  // The set at the URL, if possible with the key id; empty for any. UNAVAILABLE (`JWK_SET_UNAVAILABLE`) while there has
  // never been a good one.
  Task<absl::StatusOr<std::shared_ptr<const jwt::JwkSet>>> Get(std::string url, std::string key_id, CallContext call);

 private:
  struct Entry {
    std::shared_ptr<const jwt::JwkSet> set;
    absl::Time fetched = absl::InfinitePast();
    absl::Time tried = absl::InfinitePast();
    bool under_way = false;
  };
  enum class Step { kDone, kFetch, kWait };

  // What to do now; kDone with `set` filled in, or null.
  Step Next(const std::string& url, const std::string& key_id, std::shared_ptr<const jwt::JwkSet>& set);
  void Keep(const std::string& url, const absl::StatusOr<std::string>& text);
  void MakeRoom();

  const Fetch fetch_;
  const Clock& clock_;
  const CacheCounters counters_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_;
};

// Fetches with GET: 200 and at most 256 KiB, no redirects. Only https, but for hosts that `guard` names. The client
// must outlive it.
JwkCache::Fetch MakeJwkFetch(http::HttpClient& client, http::AddressGuard guard);

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_JWK_CACHE_H_
