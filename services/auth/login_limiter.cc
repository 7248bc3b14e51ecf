#include "services/auth/login_limiter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/hmac.h"

namespace overlock::auth {
namespace {

constexpr absl::Duration kForgetFailuresAfter = absl::Minutes(15);
constexpr absl::Duration kFamiliarFor = absl::Hours(24);
// Five at once and five more in the minute: ten in any minute.
constexpr GuessLimits kOfUser{.burst = 5, .interval = absl::Seconds(12), .free_failures = 3};
// Many senders may stand behind one address.
constexpr GuessLimits kOfAddress{.burst = 50, .interval = absl::Milliseconds(1200), .free_failures = 50};

// Of one size, whatever the texts are.
std::string KeyOf(std::string_view kind, std::string_view a, std::string_view b, std::string_view c) {
  return crypto::Sha256(absl::StrCat(kind, "\n", a.size(), "\n", a, b.size(), "\n", b, c));
}

}  // namespace

bool GuessTable::Allowed(const Entry& entry, absl::Time now) const {
  if (now < entry.delayed_until) return false;
  return std::max(entry.paid_at, now) + limits_.interval <= now + limits_.burst * limits_.interval;
}

bool GuessTable::MayBegin(const std::string& key, absl::Time now) {
  std::lock_guard lock(mutex_);
  auto it = by_key_.find(key);
  return it == by_key_.end() || Allowed(*it->second, now);
}

bool GuessTable::Begin(const std::string& key, absl::Time now) {
  std::lock_guard lock(mutex_);
  auto it = by_key_.find(key);
  if (it == by_key_.end()) {
    if (entries_.size() >= keys_max_) {
      by_key_.erase(entries_.back().key);
      entries_.pop_back();
    }
    entries_.push_front(Entry{.key = key});
    it = by_key_.emplace(key, entries_.begin()).first;
  }
  Entry& entry = *it->second;
  if (!Allowed(entry, now)) return false;
  entries_.splice(entries_.begin(), entries_, it->second);
  if (now - entry.last >= kForgetFailuresAfter) entry.failures = 0;
  entry.last = now;
  entry.paid_at = std::max(entry.paid_at, now) + limits_.interval;
  ++entry.failures;
  if (entry.failures >= limits_.free_failures) {
    int doublings = std::min(entry.failures - limits_.free_failures, 20);
    entry.delayed_until = now + std::min(absl::Seconds(1 << doublings), limits_.delay_max);
  }
  return true;
}

void GuessTable::TakeBack(const std::string& key) {
  std::lock_guard lock(mutex_);
  auto it = by_key_.find(key);
  if (it == by_key_.end()) return;
  Entry& entry = *it->second;
  entry.failures = std::max(entry.failures - 1, 0);
  entry.paid_at -= limits_.interval;
  entry.delayed_until = absl::InfinitePast();
}

size_t GuessTable::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

LoginLimiter::Guess::Guess(std::string_view app_id, std::string_view email, std::string_view address) {
  std::string email_key = absl::AsciiStrToLower(email);
  user_ = KeyOf("user", app_id, email_key, "");
  address_ = KeyOf("address", address, "", "");
  user_at_address_ = KeyOf("user at address", app_id, email_key, address);
}

LoginLimiter::LoginLimiter(const Clock& clock)
    : clock_(clock), users_(kOfUser, kKeysMax), addresses_(kOfAddress, kKeysMax), familiar_users_(kOfUser, kKeysMax) {}

bool LoginLimiter::MayTry(const Guess& guess) {
  absl::Time now = clock_.Now();
  if (IsFamiliar(guess)) return familiar_users_.MayBegin(guess.user_at_address_, now);
  return users_.MayBegin(guess.user_, now) && addresses_.MayBegin(guess.address_, now);
}

bool LoginLimiter::Begin(const Guess& guess) {
  absl::Time now = clock_.Now();
  if (IsFamiliar(guess)) return familiar_users_.Begin(guess.user_at_address_, now);
  if (!users_.Begin(guess.user_, now)) return false;
  if (addresses_.Begin(guess.address_, now)) return true;
  users_.TakeBack(guess.user_);
  return false;
}

void LoginLimiter::Succeeded(const Guess& guess) {
  TakeBack(guess);
  std::lock_guard lock(mutex_);
  auto it = familiar_by_key_.find(guess.user_at_address_);
  if (it != familiar_by_key_.end()) {
    it->second->second = clock_.Now();
    familiar_.splice(familiar_.begin(), familiar_, it->second);
    return;
  }
  if (familiar_.size() >= kKeysMax) {
    familiar_by_key_.erase(familiar_.back().first);
    familiar_.pop_back();
  }
  familiar_.emplace_front(guess.user_at_address_, clock_.Now());
  familiar_by_key_.emplace(guess.user_at_address_, familiar_.begin());
}

void LoginLimiter::Abandoned(const Guess& guess) { TakeBack(guess); }

bool LoginLimiter::IsFamiliar(const Guess& guess) {
  std::lock_guard lock(mutex_);
  auto it = familiar_by_key_.find(guess.user_at_address_);
  return it != familiar_by_key_.end() && clock_.Now() - it->second->second < kFamiliarFor;
}

// Where it became familiar meanwhile the other tables keep the guess, which harms nobody.
void LoginLimiter::TakeBack(const Guess& guess) {
  if (IsFamiliar(guess)) {
    familiar_users_.TakeBack(guess.user_at_address_);
    return;
  }
  users_.TakeBack(guess.user_);
  addresses_.TakeBack(guess.address_);
}

}  // namespace overlock::auth
