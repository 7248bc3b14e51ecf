// As which user does it run?
#ifndef OVERLOCK_SERVICES_AUTH_AUTHENTICATOR_H_
#define OVERLOCK_SERVICES_AUTH_AUTHENTICATOR_H_

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "common/body/body.h"
#include "overlock/auth/v1/auth_service.pb.h"

namespace overlock::auth {

// Decides as which user a request runs (spec section 6). A refusal is an answer; a Status means that there is none.
// The answer is the same in process and over gRPC. Thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // `body` is the request's; `request.body` is left empty. Errors: see protos/overlock/auth/v1.
  virtual Task<absl::StatusOr<v1::AuthenticateResponse>> Authenticate(v1::AuthenticateRequest request, Body body,
                                                                      CallContext call) = 0;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_AUTHENTICATOR_H_
