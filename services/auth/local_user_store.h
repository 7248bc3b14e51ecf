// The application users of a database.
#ifndef OVERLOCK_SERVICES_AUTH_LOCAL_USER_STORE_H_
#define OVERLOCK_SERVICES_AUTH_LOCAL_USER_STORE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "common/async/blocking_pool.h"
#include "common/async/clock.h"
#include "services/auth/jwk_cache.h"
#include "services/auth/password_check.h"
#include "services/auth/proof_cache.h"
#include "services/auth/user_cache.h"
#include "services/auth/user_directory.h"
#include "services/auth/user_store.h"

namespace overlock::auth {

// Logs users in: passwords, API keys and tokens against the directory. Logs why a token was refused, and nothing of it.
class LocalUserStore : public UserStore {
 public:
  // All must outlive it. `pool` is for SQL.
  LocalUserStore(UserDirectory& directory, BlockingPool& pool, PasswordHasher& hasher, JwkCache& jwk_sets,
                 Metrics& metrics, const Clock& clock = Clock::Real());

  Task<absl::StatusOr<FoundUser>> FindById(std::string app_id, std::string user_id, CallContext call) override;
  Task<absl::StatusOr<FoundUser>> FindByCredentials(LoginAttempt attempt, CallContext call) override;

 private:
  Task<absl::StatusOr<FoundUser>> LogInWithPassword(LoginAttempt attempt);
  Task<absl::StatusOr<FoundUser>> LogInWithKey(LoginAttempt attempt);
  Task<absl::StatusOr<FoundUser>> LogInWithToken(LoginAttempt attempt, CallContext call);
  // Checks the token, with the keys that its provider has somewhere else if need be.
  Task<absl::StatusOr<TokenProvider::Subject>> CheckToken(std::string text,
                                                          std::shared_ptr<const TokenProvider> provider,
                                                          CallContext call);
  // The user if they may log in; notes the time. With `tag` they are remembered for that.
  Task<absl::StatusOr<FoundUser>> Admit(v1::UserRecord record, std::string tag, uint64_t generation);
  // Stores the hash with the parameters of today. A failure is logged: the user is in all the same.
  Task<void> Upgrade(UserDirectory::Login login, std::string upgraded_hash);

  UserDirectory& directory_;
  BlockingPool& pool_;
  JwkCache& jwk_sets_;
  const Clock& clock_;
  PasswordCheck passwords_;
  ProofCache tokens_;
  UserCache users_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_LOCAL_USER_STORE_H_
