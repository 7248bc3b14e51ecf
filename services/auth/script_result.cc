#include "services/auth/script_result.h"

#include <optional>
#include <utility>

#include "common/status/status.h"
#include "services/auth/json_skim.h"

namespace overlock::auth {
namespace {

using executor::v1::Failure;
using Refusal = v1::AuthenticateResponse::Refusal;

constexpr char kNoUser[] =
    "the script that chooses the execution user returned neither a user id nor {runAsSystemUser: true}";

Refusal MakeRefusal(v1::AuthenticateResponse::Reason reason, std::string message) {
  Refusal refusal;
  refusal.set_reason(reason);
  refusal.set_message(std::move(message));
  return refusal;
}

ScriptResult ReadReturned(std::string_view value_ejson) {
  if (std::optional<std::string> user_id = DecodeJsonString(value_ejson); user_id && !user_id->empty()) {
    return WantsUser{*std::move(user_id)};
  }
  bool system = false;
  bool is_object = SkimObject(value_ejson, [&system](std::string_view name, std::string_view value) {
    // Stitch's spelling and Realm's; only `true` itself counts.
    if (name == "runAsSystemUser" || name == "runAsSystem") system = system || value == "true";
  });
  if (is_object && system) return WantsSystemUser();
  return MakeRefusal(v1::AuthenticateResponse::REASON_SCRIPT_RETURNED_NO_USER, kNoUser);
}

absl::StatusOr<ScriptResult> ReadFailure(const Failure& failure) {
  switch (failure.kind()) {
    case Failure::KIND_SYNTAX_ERROR:
      return MakeRefusal(v1::AuthenticateResponse::REASON_SCRIPT_SYNTAX_ERROR, failure.message());
    case Failure::KIND_RUN_TIME_LIMIT:
    case Failure::KIND_CPU_TIME_LIMIT:
      return MakeRefusal(v1::AuthenticateResponse::REASON_SCRIPT_TIMED_OUT, failure.message());
    case Failure::KIND_WORKER_LOST:
      return Error(absl::StatusCode::kInternal, "WORKER_LOST", failure.message());
    default:
      return MakeRefusal(v1::AuthenticateResponse::REASON_SCRIPT_FAILED, failure.message());
  }
}

}  // namespace

absl::StatusOr<ScriptResult> ReadScriptResult(const executor::v1::ExecuteResponse& response) {
  if (response.has_returned()) return ReadReturned(response.returned().value_ejson());
  if (response.has_failure()) return ReadFailure(response.failure());
  return Error(absl::StatusCode::kInternal, "UNEXPECTED_OUTCOME",
               "outcome: the executor did not answer as to a script");
}

}  // namespace overlock::auth
