// A user store without users. For tests only.
#ifndef OVERLOCK_SERVICES_AUTH_EMPTY_USER_STORE_H_
#define OVERLOCK_SERVICES_AUTH_EMPTY_USER_STORE_H_

#include <string>

#include "services/auth/user_store.h"

namespace overlock::auth {

// Knows nobody: every id is unknown and all credentials are nobody's.
class EmptyUserStore : public UserStore {
 public:
  Task<absl::StatusOr<FoundUser>> FindById(std::string, std::string, CallContext) override {
    co_return FoundUser(v1::AuthenticateResponse::REASON_USER_NOT_FOUND);
  }
  Task<absl::StatusOr<FoundUser>> FindByCredentials(LoginAttempt, CallContext) override {
    co_return FoundUser(v1::AuthenticateResponse::REASON_CREDENTIALS_INVALID);
  }
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_EMPTY_USER_STORE_H_
