// How an endpoint's result is written.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_RETURN_TYPE_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_RETURN_TYPE_H_

#include "overlock/config/v1/application.pb.h"
#include "overlock/type/v1/http.pb.h"

namespace overlock::executor::js {

// What the request's `Accept` asks for: the one of `application/json` and `application/ejson` that it names, or of both
// the one with the greater `q`. Where neither is named, or one as much as the other, what is configured. Ranges such as
// `*/*` ask for neither. Never UNSPECIFIED.
config::v1::ReturnType ReturnTypeFor(const type::v1::HttpRequest& request, config::v1::ReturnType configured);

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_RETURN_TYPE_H_
