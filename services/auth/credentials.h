// The credentials that a request carries (spec section 6.1).
#ifndef OVERLOCK_SERVICES_AUTH_CREDENTIALS_H_
#define OVERLOCK_SERVICES_AUTH_CREDENTIALS_H_

#include <string>
#include <string_view>
#include <variant>

#include "overlock/auth/v1/auth_service.pb.h"
#include "overlock/type/v1/http.pb.h"

namespace overlock::auth {

// Of the provider `local-userpass`: `email` and `password`.
struct EmailPassword {
  std::string email;
  std::string password;
};
// Of the provider `api-key`: `api-key`, or `apiKey` as the successor of webhooks named it.
struct ApiKey {
  std::string key;
};
// Of the provider `custom-token`: `jwtTokenString`.
struct CustomToken {
  std::string jwt;
};
using Credentials = std::variant<EmailPassword, ApiKey, CustomToken>;

using Reason = v1::AuthenticateResponse::Reason;

// Reads the credentials from the headers or from the top level of the body, a JSON object whatever its content type.
// Empty values and values that are not strings count as missing.
//
// Refused: AMBIGUOUS if both places hold complete credentials, one place holds two kinds, or a header occurs twice;
// INCOMPLETE if there are only parts; MISSING if there is nothing. A stray part (`email` in a body is common) beside
// complete credentials harms nothing.
std::variant<Credentials, Reason> ReadCredentials(const type::v1::HttpRequest& request, std::string_view body);

// Whether the request has an access token, `Authorization: Bearer <token>`, as HTTPS endpoints took it.
bool HasAccessToken(const type::v1::HttpRequest& request);

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_CREDENTIALS_H_
