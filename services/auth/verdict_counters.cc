#include "services/auth/verdict_counters.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace overlock::auth {

std::string VerdictName(Reason reason) {
  if (reason == v1::AuthenticateResponse::REASON_UNSPECIFIED) return "found";
  std::string name = v1::AuthenticateResponse::Reason_Name(reason);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "REASON_"));
}

VerdictCounters::VerdictCounters(Metrics& metrics) {
  for (const char* mode : {"authed_user", "user_id", "script"}) {
    OfMode& of_mode = counters_[mode];
    for (int i = 0; i < v1::AuthenticateResponse::Reason_ARRAYSIZE; ++i) {
      of_mode[i] = &metrics.GetCounter("overlock_auth_verdicts_total", "Requests whose user was asked for, by outcome.",
                                       {{"mode", mode}, {"verdict", VerdictName(static_cast<Reason>(i))}});
    }
  }
}

void VerdictCounters::Count(std::string_view mode, Reason reason) {
  auto it = counters_.find(mode);
  if (it != counters_.end()) it->second[reason]->Increment();
}

}  // namespace overlock::auth
