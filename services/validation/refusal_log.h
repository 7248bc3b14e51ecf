// Tells the owner of a webhook why a request was refused.
#ifndef OVERLOCK_SERVICES_VALIDATION_REFUSAL_LOG_H_
#define OVERLOCK_SERVICES_VALIDATION_REFUSAL_LOG_H_

#include <string_view>

#include "common/async/call_context.h"
#include "overlock/validation/v1/validation_service.pb.h"
#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// One line: which webhook or endpoint, the scheme, the cause and what was expected. With `observed` the request went on
// all the same. Neither a secret, a signature nor the body is in it.
void LogRefusal(const v1::ValidateRequest& request, std::string_view scheme, const Outcome& outcome, bool observed,
                const CallContext& call);

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_REFUSAL_LOG_H_
