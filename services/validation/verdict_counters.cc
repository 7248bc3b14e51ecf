#include "services/validation/verdict_counters.h"

#include "services/validation/schemes/make_scheme.h"

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
    case v1::ValidateResponse::REFUSAL_ADDRESS_NOT_ALLOWED:
      return "address_not_allowed";
    case v1::ValidateResponse::REFUSAL_TIMESTAMP_MISSING:
      return "timestamp_missing";
    case v1::ValidateResponse::REFUSAL_TIMESTAMP_MALFORMED:
      return "timestamp_malformed";
    case v1::ValidateResponse::REFUSAL_TIMESTAMP_TOO_OLD:
      return "timestamp_too_old";
    case v1::ValidateResponse::REFUSAL_TIMESTAMP_IN_FUTURE:
      return "timestamp_in_future";
    case v1::ValidateResponse::REFUSAL_DELIVERY_ID_MISSING:
      return "delivery_id_missing";
    case v1::ValidateResponse::REFUSAL_MISCONFIGURED:
      return "misconfigured";
    case v1::ValidateResponse::REFUSAL_HANDSHAKE_MALFORMED:
      return "handshake_malformed";
    default:
      return "other";
  }
}

VerdictCounters::VerdictCounters(Metrics& metrics) {
  for (std::string_view name : SchemeNames()) {
    OfScheme& of_scheme = counters_[std::string(name)];
    for (int i = 0; i < v1::ValidateResponse::Refusal_ARRAYSIZE; ++i) {
      Labels labels = {{"scheme", std::string(name)}, {"verdict", std::string(VerdictName(static_cast<Refusal>(i)))}};
      of_scheme[i].verdicts =
          &metrics.GetCounter("overlock_validation_verdicts_total", "Requests checked, by outcome.", labels);
      if (i == v1::ValidateResponse::REFUSAL_UNSPECIFIED) continue;
      of_scheme[i].let_through =
          &metrics.GetCounter("overlock_validation_let_through_total",
                              "Requests that only went on because their webhook observes, by outcome.", labels);
    }
  }
}

void VerdictCounters::Count(std::string_view scheme, Refusal refusal, bool let_through) {
  auto it = counters_.find(scheme);
  if (it == counters_.end()) return;
  const OfVerdict& counters = it->second[refusal];
  counters.verdicts->Increment();
  if (let_through) counters.let_through->Increment();
}

}  // namespace overlock::validation
