// Limits how often passwords may be guessed.
#ifndef OVERLOCK_SERVICES_AUTH_LOGIN_LIMITER_H_
#define OVERLOCK_SERVICES_AUTH_LOGIN_LIMITER_H_

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "common/async/clock.h"

namespace overlock::auth {

// How often one key may guess.
struct GuessLimits {
  // So many at once.
  int burst;
  // And one more each time this has gone by. In any minute that makes `burst` and those of a minute at most.
  absl::Duration interval;
  // After so many wrong guesses in a row the next one has to wait a second, then two, four, ...
  int free_failures;
  // ... up to this.
  absl::Duration delay_max = absl::Seconds(60);
};

// Counts guesses by key. A guess counts as wrong from its begin, so that many at once gain nothing, until it is said to
// be right. Without a guess for 15 minutes a key's failures are forgotten. Thread-safe. Holds at most `keys_max` keys
// and forgets those that were used longest ago.
class GuessTable {
 public:
  GuessTable(const GuessLimits& limits, size_t keys_max) : limits_(limits), keys_max_(keys_max) {}

  // Whether Begin() would say yes.
  bool MayBegin(const std::string& key, absl::Time now);
  // Counts a guess; false, and nothing is counted, if it must not be made now.
  bool Begin(const std::string& key, absl::Time now);
  // The guess was right, or it was not made after all.
  void TakeBack(const std::string& key);
  size_t size() const;

 private:
  struct Entry {
    std::string key;
    int failures = 0;
    absl::Time last = absl::InfinitePast();
    // Until then nobody guesses.
    absl::Time delayed_until = absl::InfinitePast();
    // When all guesses so far would be paid for, one an interval.
    absl::Time paid_at = absl::InfinitePast();
  };

  bool Allowed(const Entry& entry, absl::Time now) const;

  const GuessLimits limits_;
  const size_t keys_max_;
  mutable std::mutex mutex_;
  // The one used last is in front.
  std::list<Entry> entries_;
  absl::flat_hash_map<std::string, std::list<Entry>::iterator> by_key_;
};

// The limits of passwords: at most 10 wrong guesses a minute for a user, and 100 from an address.
//
// An address from which a user has logged in before has limits of its own for that user, which nobody elsewhere can use
// up: so a stranger's guesses do not lock the user's own sender out. Other tables hold 100,000 keys at most.
class LoginLimiter {
 public:
  static constexpr size_t kKeysMax = 100'000;

  explicit LoginLimiter(const Clock& clock = Clock::Real());

  // Who guesses what. All of it may be any text.
  class Guess {
   public:
    Guess(std::string_view app_id, std::string_view email, std::string_view address);

   private:
    friend class LoginLimiter;
    std::string user_;
    std::string address_;
    std::string user_at_address_;
  };

  // Whether a password may be looked at: false is the answer to a limited attempt.
  bool MayTry(const Guess& guess);
  // The password is about to be hashed. False, and nothing is counted, if it must not be.
  bool Begin(const Guess& guess);
  // After Begin(): it was right.
  void Succeeded(const Guess& guess);
  // After Begin(): it could not be checked.
  void Abandoned(const Guess& guess);

 private:
  bool IsFamiliar(const Guess& guess);
  void TakeBack(const Guess& guess);

  const Clock& clock_;
  GuessTable users_;
  GuessTable addresses_;
  GuessTable familiar_users_;
  std::mutex mutex_;
  // Users at addresses, with the time of their last login; the last of them is in front.
  std::list<std::pair<std::string, absl::Time>> familiar_;
  absl::flat_hash_map<std::string, std::list<std::pair<std::string, absl::Time>>::iterator> familiar_by_key_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_LOGIN_LIMITER_H_
