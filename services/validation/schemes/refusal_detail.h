// Tells the owner of a webhook what was wrong with a request.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_REFUSAL_DETAIL_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_REFUSAL_DETAIL_H_

#include <string>

#include "absl/time/time.h"
#include "services/validation/schemes/key.h"
#include "services/validation/schemes/presets.h"
#include "services/validation/schemes/scheme.h"
#include "services/validation/schemes/secrets.h"

namespace overlock::validation {

// Half a sentence for a log: what was expected, with names of headers, times and numbers of secrets. Nothing of what
// the sender wrote is in it, and no secret. Empty where the name of the refusal says it all, and for none.
std::string DetailOf(Refusal refusal);

// Outcomes with such a detail. The first names headers of the preset.
Outcome Refuse(const Preset& preset, Refusal refusal);
// REFUSAL_TIMESTAMP_TOO_OLD or REFUSAL_TIMESTAMP_IN_FUTURE: by how much.
Outcome RefuseTime(Refusal refusal, absl::Time time, absl::Time now, absl::Duration tolerance);
// REFUSAL_SIGNATURE_MISMATCH: how many secrets were tried, and how many have expired.
Outcome RefuseSignature(const Keys& keys, absl::Time now);
// The same for REFUSAL_SECRET_MISMATCH.
Outcome RefuseSecret(const Secrets& secrets, absl::Time now);

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_REFUSAL_DETAIL_H_
