#include "services/auth/proof_cache.h"

#include <openssl/rand.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/crypto/hmac.h"

namespace overlock::auth {
namespace {

std::string RandomKey() {
  std::string key(32, '\0');
  // Fails only where the system has no randomness at all.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) != 1) std::abort();
  return key;
}

}  // namespace

ProofCache::ProofCache(const Clock& clock, CacheCounters counters)
    : clock_(clock), counters_(counters), key_(RandomKey()) {}

std::string ProofCache::TagOf(std::string_view against, std::string_view proof) const {
  return crypto::HmacSha256(key_, absl::StrCat(against.size(), "\n", against, proof));
}

bool ProofCache::Contains(const std::string& tag) {
  const bool found = Look(tag);
  counters_.Count(found);
  return found;
}

bool ProofCache::Look(const std::string& tag) {
  std::lock_guard lock(mutex_);
  auto it = by_tag_.find(tag);
  return it != by_tag_.end() && clock_.Now() - it->second->second < kKeep;
}

void ProofCache::Insert(const std::string& tag) {
  std::lock_guard lock(mutex_);
  if (auto it = by_tag_.find(tag); it != by_tag_.end()) {
    entries_.erase(it->second);
    by_tag_.erase(it);
  }
  if (entries_.size() >= kEntriesMax) {
    by_tag_.erase(entries_.back().first);
    entries_.pop_back();
  }
  entries_.emplace_front(tag, clock_.Now());
  by_tag_.emplace(tag, entries_.begin());
}

}  // namespace overlock::auth
