// A mock of Authorizer for the tests of its neighbours.
#ifndef OVERLOCK_SERVICES_AUTHZ_AUTHORIZER_MOCK_H_
#define OVERLOCK_SERVICES_AUTHZ_AUTHORIZER_MOCK_H_

#include "gmock/gmock.h"
#include "services/authz/authorizer.h"

namespace overlock::authz {

class AuthorizerMock : public Authorizer {
 public:
  MOCK_METHOD(Task<absl::StatusOr<v1::AuthorizeResponse>>, Authorize, (v1::AuthorizeRequest request, CallContext call),
              (override));
  MOCK_METHOD(Task<absl::StatusOr<v1::ExplainResponse>>, Explain, (v1::ExplainRequest request, CallContext call),
              (override));
};

}  // namespace overlock::authz

#endif  // OVERLOCK_SERVICES_AUTHZ_AUTHORIZER_MOCK_H_
