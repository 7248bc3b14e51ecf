#include "services/auth/credentials.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "services/auth/json_skim.h"

namespace overlock::auth {
namespace {

// What one place, the headers or the body, holds.
struct Found {
  std::string email;
  std::string password;
  std::string api_key;
  std::string jwt;
  bool repeated = false;

  int complete() const { return (!email.empty() && !password.empty()) + !api_key.empty() + !jwt.empty(); }
  bool any() const { return !email.empty() || !password.empty() || complete() > 0; }
};

std::string* HeaderField(Found& found, std::string_view name) {
  if (absl::EqualsIgnoreCase(name, "email")) return &found.email;
  if (absl::EqualsIgnoreCase(name, "password")) return &found.password;
  if (absl::EqualsIgnoreCase(name, "api-key") || absl::EqualsIgnoreCase(name, "apiKey")) return &found.api_key;
  if (absl::EqualsIgnoreCase(name, "jwtTokenString")) return &found.jwt;
  return nullptr;
}

std::string* BodyField(Found& found, std::string_view name) {
  if (name == "email") return &found.email;
  if (name == "password") return &found.password;
  if (name == "api-key" || name == "apiKey") return &found.api_key;
  if (name == "jwtTokenString") return &found.jwt;
  return nullptr;
}

Found FromHeaders(const type::v1::HttpRequest& request) {
  Found found;
  for (const type::v1::Header& header : request.headers()) {
    std::string* field = HeaderField(found, header.name());
    if (field == nullptr || header.value().empty()) continue;
    if (!field->empty()) found.repeated = true;
    *field = header.value();
  }
  return found;
}

Found FromBody(std::string_view body) {
  Found found;
  bool is_object = SkimObject(body, [&found](std::string_view name, std::string_view value) {
    // As in JavaScript, the last of several members with one name counts.
    if (std::string* field = BodyField(found, name)) *field = DecodeJsonString(value).value_or("");
  });
  return is_object ? found : Found();
}

Credentials Take(Found found) {
  if (!found.api_key.empty()) return ApiKey{std::move(found.api_key)};
  if (!found.jwt.empty()) return CustomToken{std::move(found.jwt)};
  return EmailPassword{std::move(found.email), std::move(found.password)};
}

}  // namespace

std::variant<Credentials, Reason> ReadCredentials(const type::v1::HttpRequest& request, std::string_view body) {
  Found headers = FromHeaders(request);
  Found in_body = FromBody(body);
  int complete = headers.complete() + in_body.complete();
  if (complete > 1 || headers.repeated) return v1::AuthenticateResponse::REASON_CREDENTIALS_AMBIGUOUS;
  if (complete == 1) return Take(std::move(headers.complete() == 1 ? headers : in_body));
  return headers.any() || in_body.any() ? v1::AuthenticateResponse::REASON_CREDENTIALS_INCOMPLETE
                                        : v1::AuthenticateResponse::REASON_CREDENTIALS_MISSING;
}

bool HasAccessToken(const type::v1::HttpRequest& request) {
  for (const type::v1::Header& header : request.headers()) {
    if (absl::EqualsIgnoreCase(header.name(), "authorization") &&
        absl::StartsWithIgnoreCase(header.value(), "bearer ")) {
      return true;
    }
  }
  return false;
}

}  // namespace overlock::auth
