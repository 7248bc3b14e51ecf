// The application users.
#ifndef OVERLOCK_SERVICES_AUTH_USER_STORE_H_
#define OVERLOCK_SERVICES_AUTH_USER_STORE_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "overlock/type/v1/user.pb.h"
#include "services/auth/credentials.h"

namespace overlock::auth {

// Finds users of applications. A user who is not there is an answer; a Status means that there is none. Thread-safe.
class UserStore {
 public:
  virtual ~UserStore() = default;

  // `user_id` may be any text.
  virtual Task<absl::StatusOr<std::optional<type::v1::User>>> FindById(std::string app_id, std::string user_id,
                                                                       CallContext call) = 0;
  // Nothing if the credentials are wrong, or nobody's: who asks cannot tell these apart.
  virtual Task<absl::StatusOr<std::optional<type::v1::User>>> FindByCredentials(std::string app_id,
                                                                                Credentials credentials,
                                                                                CallContext call) = 0;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_USER_STORE_H_
