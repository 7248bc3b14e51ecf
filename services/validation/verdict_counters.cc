#include "services/validation/verdict_counters.h"

namespace overlock::validation {

std::string_view VerdictName(Refusal refusal) {
  switch (refusal) {
    case v1::ValidateResponse::REFUSAL_UNSPECIFIED:
      return "valid";
    case v1::ValidateResponse::REFUSAL_SIGNATURE_MISSING:
      return "signature_missing";
    case v1::ValidateResponse::REFUSAL_SIGNATURE_MALFORMED:
      return "signature_malformed";
    case v1::ValidateResponse::REFUSAL_SIGNATURE_MISMATCH:
      return "signature_mismatch";
    case v1::ValidateResponse::REFUSAL_SECRET_MISSING:
      return "secret_missing";
    case v1::ValidateResponse::REFUSAL_SECRET_MISMATCH:
      return "secret_mismatch";
    case v1::ValidateResponse::REFUSAL_NO_SECRET_CONFIGURED:
      return "no_secret_configured";
    case v1::ValidateResponse::REFUSAL_SECRET_REPEATED:
      return "secret_repeated";
    case v1::ValidateResponse::REFUSAL_METHOD_UNKNOWN:
      return "method_unknown";
    default:
      return "other";
  }
}

VerdictCounters::VerdictCounters(Metrics& metrics) {
  for (const char* scheme : {"none", "hook_signature", "endpoint_signature", "query_secret", "github", "unknown"}) {
    OfScheme& of_scheme = counters_[scheme];
    for (int i = 0; i < v1::ValidateResponse::Refusal_ARRAYSIZE; ++i) {
      of_scheme[i] =
          &metrics.GetCounter("overlock_validation_verdicts_total", "Requests checked, by outcome.",
                              {{"scheme", scheme}, {"verdict", std::string(VerdictName(static_cast<Refusal>(i)))}});
    }
  }
}

void VerdictCounters::Count(std::string_view scheme, Refusal refusal) {
  auto it = counters_.find(scheme);
  if (it != counters_.end()) it->second[refusal]->Increment();
}

}  // namespace overlock::validation
