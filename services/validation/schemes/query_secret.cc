#include "services/validation/schemes/query_secret.h"

#include <optional>
#include <utility>

#include "common/crypto/hmac.h"
#include "services/validation/schemes/form.h"
#include "services/validation/schemes/refusal_detail.h"
#include "services/validation/schemes/signature_header.h"

namespace overlock::validation {

QuerySecret::QuerySecret(Secrets secrets, std::string delivery_id_header)
    : secrets_(std::move(secrets)), delivery_id_header_(std::move(delivery_id_header)) {}

Outcome QuerySecret::Check(const Input& input) const {
  if (!HasSecret(secrets_)) return {.refusal = v1::ValidateResponse::REFUSAL_NO_SECRET_CONFIGURED};
  std::optional<std::string> given;
  bool repeated = false;
  ForEachPair(input.request.raw_query_string(), [&](const std::string& name, std::string value) {
    if (name != "secret") return true;
    // With two, which one counts would be a matter of taste; nobody honest sends two.
    repeated = given.has_value();
    given = std::move(value);
    return !repeated;
  });
  if (repeated) return {.refusal = v1::ValidateResponse::REFUSAL_SECRET_REPEATED};
  if (!given) return {.refusal = v1::ValidateResponse::REFUSAL_SECRET_MISSING};
  Outcome outcome;
  for (size_t i = 0; i < secrets_.size(); ++i) {
    bool counts = !secrets_[i].value.empty() && input.now < secrets_[i].expires_at;
    if (counts && crypto::SecretEquals(*given, secrets_[i].value) && outcome.secret < 0) {
      outcome.secret = static_cast<int>(i);
    }
  }
  if (outcome.secret < 0) return RefuseSecret(secrets_, input.now);
  outcome.delivery_id = DeliveryId(input.request, delivery_id_header_);
  return outcome;
}

}  // namespace overlock::validation
