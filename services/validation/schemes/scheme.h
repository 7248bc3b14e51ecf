// One way in which a request proves where it comes from.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_SCHEME_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_SCHEME_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "overlock/type/v1/http.pb.h"
#include "overlock/validation/v1/validation_service.pb.h"

namespace overlock::validation {

using Refusal = v1::ValidateResponse::Refusal;

// What a scheme looks at. Refers to it only.
struct Input {
  const type::v1::HttpRequest& request;
  // The body's exact bytes.
  std::string_view body;
  // The time by which timestamps and expiring secrets are judged.
  absl::Time now;
  // The URL under which the sender knows the hook, without the query (which is the request's). Only schemes that sign
  // the URL look at it.
  std::string_view public_url;
};

// What a scheme found.
struct Outcome {
  // REFUSAL_UNSPECIFIED if the request is valid.
  Refusal refusal = v1::ValidateResponse::REFUSAL_UNSPECIFIED;
  // What was wrong, for the owner's log (refusal_detail.h); empty where the refusal alone says it.
  std::string detail;
  // Which secret it was signed with: 0 is the first of the webhook's secrets (its `secret`, where that is not empty,
  // then those of its settings). -1 for a request that is refused, and where there is nothing to match.
  int secret = -1;
  // The sender's id of the delivery; empty without one, and for a request that is refused.
  std::string delivery_id;
  // The request is valid, and a handshake: answer with this, and execute nothing.
  std::optional<v1::ValidateResponse::Handshake> handshake;
};

// `public_url` with the request's query.
std::string UrlOf(const Input& input);

// A webhook's scheme with its secrets. Immutable, so thread-safe.
class Scheme {
 public:
  virtual ~Scheme() = default;
  // For logs and metrics: `hook_signature`.
  virtual std::string_view name() const = 0;
  // How long it takes tells nothing of the secrets.
  virtual Outcome Check(const Input& input) const = 0;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_SCHEME_H_
