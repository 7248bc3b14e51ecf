// What a run-as script answered.
#ifndef OVERLOCK_SERVICES_AUTH_SCRIPT_RESULT_H_
#define OVERLOCK_SERVICES_AUTH_SCRIPT_RESULT_H_

#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "overlock/auth/v1/auth_service.pb.h"
#include "overlock/executor/v1/executor_service.pb.h"

namespace overlock::auth {

// The script wants the system user.
struct WantsSystemUser {};
// The script wants the user with this id, which is not empty.
struct WantsUser {
  std::string user_id;
};
using ScriptResult = std::variant<WantsSystemUser, WantsUser, v1::AuthenticateResponse::Refusal>;

// Reads the executor's answer. INTERNAL (`WORKER_LOST`) if the script was cut off by no fault of its own, or
// (`UNEXPECTED_OUTCOME`) if the answer is not one to a script.
absl::StatusOr<ScriptResult> ReadScriptResult(const executor::v1::ExecuteResponse& response);

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_SCRIPT_RESULT_H_
