// The application users, as requests ask for them.
#ifndef OVERLOCK_SERVICES_AUTH_USER_STORE_H_
#define OVERLOCK_SERVICES_AUTH_USER_STORE_H_

#include <memory>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "overlock/type/v1/user.pb.h"
#include "services/auth/credentials.h"
#include "services/auth/providers.h"

namespace overlock::auth {

// A user, or why there is none.
using FoundUser = std::variant<type::v1::User, Reason>;

struct LoginAttempt {
  std::string app_id;
  Credentials credentials;
  // Which credentials the application takes; never null.
  std::shared_ptr<const Providers> providers;
  // Where the request came from.
  std::string remote_address;
  // Make the user of a token that is valid.
  bool create_user = false;
};

// Finds users of applications. A user who is not there is an answer; a Status means that there is none. Thread-safe.
class UserStore {
 public:
  virtual ~UserStore() = default;

  // `user_id` may be any text. USER_NOT_FOUND or USER_DISABLED.
  virtual Task<absl::StatusOr<FoundUser>> FindById(std::string app_id, std::string user_id, CallContext call) = 0;
  // CREDENTIALS_INVALID if they are wrong or nobody's: who asks cannot tell these apart. USER_DISABLED only where they
  // are right. PROVIDER_DISABLED where the application does not take such credentials; TOO_MANY_ATTEMPTS where they
  // were not looked at.
  virtual Task<absl::StatusOr<FoundUser>> FindByCredentials(LoginAttempt attempt, CallContext call) = 0;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_USER_STORE_H_
