// Cross-origin requests of browsers (https://fetch.spec.whatwg.org/#http-cors-protocol; spec section 3).
#ifndef OVERLOCK_SERVICES_EDGE_CORS_H_
#define OVERLOCK_SERVICES_EDGE_CORS_H_

#include <string>
#include <string_view>
#include <vector>

#include "services/edge/method_set.h"
#include "services/edge/request.h"

namespace overlock::edge {

// The first `Origin` of the request that is not in the list; empty if there is none. With an empty list every origin
// is allowed; a request without `Origin` is not a browser's cross-origin request, and always allowed.
std::string_view FindRefusedOrigin(const Request& request, const std::vector<std::string>& allowed);

// Header lines that let a browser read the answer; nothing without `Origin`.
void AppendCorsLines(const Request& request, std::string& lines);

// The lines of the answer to OPTIONS, for a path that answers to these methods. The credential headers `email`,
// `password` and `api-key` are not among the allowed ones (spec section 3).
void AppendPreflightLines(const Request& request, MethodSet methods, std::string& lines);

// For `Allow`: `POST, OPTIONS`.
std::string AllowedMethods(MethodSet methods);

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_CORS_H_
