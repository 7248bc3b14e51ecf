// Traces of expressions as messages, and what they must not show.
#ifndef OVERLOCK_SERVICES_AUTHZ_EXPLANATION_H_
#define OVERLOCK_SERVICES_AUTHZ_EXPLANATION_H_

#include "common/expression/trace.h"
#include "common/request_environment/request_environment.h"
#include "overlock/authz/v1/authz_service.pb.h"
#include "overlock/config/v1/view.pb.h"

namespace overlock::authz {

// The names of the private values, and every text in them that is long enough to be told from others by chance.
expression::Secrets SecretsOf(const config::v1::AuthzView& view, const expression::AppNames& names);

v1::ExplainResponse ToMessage(const expression::Trace& trace);

}  // namespace overlock::authz

#endif  // OVERLOCK_SERVICES_AUTHZ_EXPLANATION_H_
