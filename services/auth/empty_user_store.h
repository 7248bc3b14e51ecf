// The user store of an installation without application users.
#ifndef OVERLOCK_SERVICES_AUTH_EMPTY_USER_STORE_H_
#define OVERLOCK_SERVICES_AUTH_EMPTY_USER_STORE_H_

#include <optional>
#include <string>

#include "services/auth/user_store.h"

namespace overlock::auth {

// Knows nobody: every id is unknown and all credentials are nobody's.
class EmptyUserStore : public UserStore {
 public:
  Task<absl::StatusOr<std::optional<type::v1::User>>> FindById(std::string, std::string, CallContext) override {
    co_return std::nullopt;
  }
  Task<absl::StatusOr<std::optional<type::v1::User>>> FindByCredentials(std::string, Credentials,
                                                                        CallContext) override {
    co_return std::nullopt;
  }
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_EMPTY_USER_STORE_H_
