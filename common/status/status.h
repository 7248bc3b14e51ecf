// Statuses with a reason that programs can act on.
#ifndef OVERLOCK_COMMON_STATUS_STATUS_H_
#define OVERLOCK_COMMON_STATUS_STATUS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/status/status_macros.h"

namespace overlock {

// Makes a status with a reason in UPPER_SNAKE (AIP-193). The reason survives a remote call; the message
// starts with the field it is about, where there is one (`expression: unclosed '('`).
absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message);

// The reason of a status made by Error(), here or in the service that answered; empty if it has none.
std::string ReasonOf(const absl::Status& status);

}  // namespace overlock

#endif  // OVERLOCK_COMMON_STATUS_STATUS_H_
