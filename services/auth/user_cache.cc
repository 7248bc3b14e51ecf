#include "services/auth/user_cache.h"

#include <utility>

namespace overlock::auth {

std::shared_ptr<const v1::UserRecord> UserCache::Find(const std::string& tag, uint64_t generation) {
  std::shared_ptr<const v1::UserRecord> found = Look(tag, generation);
  counters_.Count(found != nullptr);
  return found;
}

std::shared_ptr<const v1::UserRecord> UserCache::Look(const std::string& tag, uint64_t generation) {
  std::lock_guard lock(mutex_);
  auto it = by_tag_.find(tag);
  if (it == by_tag_.end() || it->second->generation != generation) return nullptr;
  if (clock_.Now() - it->second->inserted >= kKeep) return nullptr;
  return it->second->record;
}

void UserCache::Insert(const std::string& tag, uint64_t generation, std::shared_ptr<const v1::UserRecord> record) {
  std::lock_guard lock(mutex_);
  if (auto it = by_tag_.find(tag); it != by_tag_.end()) {
    entries_.erase(it->second);
    by_tag_.erase(it);
  }
  if (entries_.size() >= kEntriesMax) {
    by_tag_.erase(entries_.back().tag);
    entries_.pop_back();
  }
  entries_.push_front({tag, generation, clock_.Now(), std::move(record)});
  by_tag_.emplace(tag, entries_.begin());
}

}  // namespace overlock::auth
