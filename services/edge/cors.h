// Cross-origin requests of browsers (https://fetch.spec.whatwg.org/#http-cors-protocol; spec section 3).
#ifndef OVERLOCK_SERVICES_EDGE_CORS_H_
#define OVERLOCK_SERVICES_EDGE_CORS_H_

#include <string>
#include <string_view>
#include <vector>

#include "overlock/config/v1/application.pb.h"
#include "services/edge/request.h"

namespace overlock::edge {

// The first `Origin` of the request that is not in the list; empty if there is none. With an empty list every origin
// is allowed; a request without `Origin` is not a browser's cross-origin request, and always allowed.
std::string_view FindRefusedOrigin(const Request& request, const std::vector<std::string>& allowed);

// Header lines that let a browser read the answer; nothing without `Origin`.
void AppendCorsLines(const Request& request, std::string& lines);

// The lines of the answer to OPTIONS. The credential headers `email`, `password` and `api-key` are not among the
// allowed ones (spec section 3).
void AppendPreflightLines(const Request& request, config::v1::HttpMethod method, std::string& lines);

// Whether a webhook with this method answers to a request's.
bool MethodMatches(config::v1::HttpMethod method, std::string_view request_method);
// For `Allow`: `POST, OPTIONS`.
std::string AllowedMethods(config::v1::HttpMethod method);

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_CORS_H_
