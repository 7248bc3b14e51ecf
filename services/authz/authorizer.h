// Does can_evaluate allow it?
#ifndef OVERLOCK_SERVICES_AUTHZ_AUTHORIZER_H_
#define OVERLOCK_SERVICES_AUTHZ_AUTHORIZER_H_

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "overlock/authz/v1/authz_service.pb.h"

namespace overlock::authz {

// Decides whether the owner's expression allows a request (spec section 10). A denial is an answer; a Status means
// that there is none, and the request must not go on. The answer is the same in process and over gRPC. Thread-safe.
class Authorizer {
 public:
  virtual ~Authorizer() = default;

  // Errors: see protos/overlock/authz/v1.
  virtual Task<absl::StatusOr<v1::AuthorizeResponse>> Authorize(v1::AuthorizeRequest request, CallContext call) = 0;
  virtual Task<absl::StatusOr<v1::ExplainResponse>> Explain(v1::ExplainRequest request, CallContext call) = 0;
};

}  // namespace overlock::authz

#endif  // OVERLOCK_SERVICES_AUTHZ_AUTHORIZER_H_
