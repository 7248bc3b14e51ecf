// A mock of Authenticator for the tests of its neighbours.
#ifndef OVERLOCK_SERVICES_AUTH_AUTHENTICATOR_MOCK_H_
#define OVERLOCK_SERVICES_AUTH_AUTHENTICATOR_MOCK_H_

#include "gmock/gmock.h"
#include "services/auth/authenticator.h"

namespace overlock::auth {

class AuthenticatorMock : public Authenticator {
 public:
  MOCK_METHOD(Task<absl::StatusOr<v1::AuthenticateResponse>>, Authenticate,
              (v1::AuthenticateRequest request, Body body, CallContext call), (override));
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_AUTHENTICATOR_MOCK_H_
