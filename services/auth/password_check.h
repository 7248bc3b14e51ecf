// Whether a password is right, with as little hashing as that needs.
#ifndef OVERLOCK_SERVICES_AUTH_PASSWORD_CHECK_H_
#define OVERLOCK_SERVICES_AUTH_PASSWORD_CHECK_H_

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/async/clock.h"
#include "common/async/task.h"
#include "services/auth/login_limiter.h"
#include "services/auth/password_hasher.h"
#include "services/auth/proof_cache.h"

namespace overlock::auth {

// Brings limits, cache and hashes together. One password that many requests bring at once is hashed once. Thread-safe.
class PasswordCheck {
 public:
  enum class Outcome { kWrong, kRight, kLimited };
  struct Verdict {
    Outcome outcome = Outcome::kWrong;
    // It was hashed for this: not found in the cache, nor waited for.
    bool hashed = false;
    // What to store instead of the hash; empty for nothing.
    std::string upgraded_hash;
  };

  // The hasher must outlive it.
  explicit PasswordCheck(PasswordHasher& hasher, const Clock& clock = Clock::Real(), CacheCounters counters = {});

  // Whether it is worth to look for the user: otherwise Check() would say kLimited.
  bool MayTry(const LoginLimiter::Guess& guess) { return limiter_.MayTry(guess); }
  // `hash` is empty for nobody's, which takes as long as any. RESOURCE_EXHAUSTED (`QUEUE_FULL`) counts as no guess.
  Task<absl::StatusOr<Verdict>> Check(LoginLimiter::Guess guess, std::string hash, std::string password);

 private:
  using Answer = absl::StatusOr<PasswordHasher::Verdict>;
  using Waiters = std::vector<std::function<void(Answer)>>;

  Task<Answer> Join(std::string tag);
  void Resume(const std::string& tag, const Answer& answer);

  PasswordHasher& hasher_;
  LoginLimiter limiter_;
  ProofCache cache_;
  std::mutex mutex_;
  // The passwords that are being hashed, and who else waits for them.
  absl::flat_hash_map<std::string, Waiters> under_way_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_PASSWORD_CHECK_H_
