// Hashes passwords where they hold up nothing else.
#ifndef OVERLOCK_SERVICES_AUTH_PASSWORD_HASHER_H_
#define OVERLOCK_SERVICES_AUTH_PASSWORD_HASHER_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "common/async/blocking_pool.h"
#include "common/async/task.h"
#include "common/crypto/password_hash.h"

namespace overlock::auth {

// Argon2id on threads of its own, so that a flood of passwords leaves the other threads to other work. Thread-safe.
class PasswordHasher {
 public:
  static constexpr size_t kPasswordBytesMin = 6;
  static constexpr size_t kPasswordBytesMax = 1024;

  struct Options {
    crypto::PasswordHashParameters parameters;
    int threads = 1;
    // More than these waiting are refused.
    int queue_items_max = 64;
  };
  struct Verdict {
    bool right = false;
    // What to store instead, since it was hashed with other parameters; empty for nothing.
    std::string upgraded_hash;
  };

  explicit PasswordHasher(const Options& options);

  // A PHC string for a new password. INVALID_ARGUMENT (`BAD_PASSWORD`) if it is too short or too long;
  // RESOURCE_EXHAUSTED (`QUEUE_FULL`).
  Task<absl::StatusOr<std::string>> Hash(std::string password);
  // An empty `hash` is nobody's: the same work is done, and the password is wrong. RESOURCE_EXHAUSTED (`QUEUE_FULL`).
  Task<absl::StatusOr<Verdict>> Check(std::string hash, std::string password);

 private:
  const crypto::PasswordHashParameters parameters_;
  // What a password of somebody who has none is checked against.
  const std::string nobodys_hash_;
  BlockingPool pool_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_PASSWORD_HASHER_H_
