#include "common/status/status.h"

#include "absl/strings/cord.h"

namespace overlock {
namespace {
// The payload holds the bare reason; common/rpc turns it into a google.rpc.ErrorInfo on the wire and back.
constexpr char kReasonUrl[] = "overlock/reason";
}  // namespace

absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message) {
  absl::Status status(code, message);
  status.SetPayload(kReasonUrl, absl::Cord(reason));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  auto payload = status.GetPayload(kReasonUrl);
  return payload ? std::string(*payload) : std::string();
}

}  // namespace overlock
