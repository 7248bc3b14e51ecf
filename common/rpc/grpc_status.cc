#include "common/rpc/grpc_status.h"

#include <string>

#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "overlock/type/v1/error.pb.h"

namespace overlock::rpc {
namespace {

// The names that google.rpc gave these messages; ours have the same wire form.
constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kDomain[] = "overlock";

#define OVERLOCK_SAME_CODE(absl_code, grpc_code) \
  static_assert(static_cast<int>(absl::StatusCode::absl_code) == static_cast<int>(grpc::StatusCode::grpc_code))
OVERLOCK_SAME_CODE(kOk, OK);
OVERLOCK_SAME_CODE(kCancelled, CANCELLED);
OVERLOCK_SAME_CODE(kUnknown, UNKNOWN);
OVERLOCK_SAME_CODE(kInvalidArgument, INVALID_ARGUMENT);
OVERLOCK_SAME_CODE(kDeadlineExceeded, DEADLINE_EXCEEDED);
OVERLOCK_SAME_CODE(kNotFound, NOT_FOUND);
OVERLOCK_SAME_CODE(kAlreadyExists, ALREADY_EXISTS);
OVERLOCK_SAME_CODE(kPermissionDenied, PERMISSION_DENIED);
OVERLOCK_SAME_CODE(kResourceExhausted, RESOURCE_EXHAUSTED);
OVERLOCK_SAME_CODE(kFailedPrecondition, FAILED_PRECONDITION);
OVERLOCK_SAME_CODE(kAborted, ABORTED);
OVERLOCK_SAME_CODE(kOutOfRange, OUT_OF_RANGE);
OVERLOCK_SAME_CODE(kUnimplemented, UNIMPLEMENTED);
OVERLOCK_SAME_CODE(kInternal, INTERNAL);
OVERLOCK_SAME_CODE(kUnavailable, UNAVAILABLE);
OVERLOCK_SAME_CODE(kDataLoss, DATA_LOSS);
OVERLOCK_SAME_CODE(kUnauthenticated, UNAUTHENTICATED);
#undef OVERLOCK_SAME_CODE

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  std::string message(status.message());
  if (status.code() == absl::StatusCode::kInternal || status.code() == absl::StatusCode::kUnknown) {
    log::Error("a call failed by our own fault", {{"error", status.ToString()}});
    message = "internal error";
  }
  type::v1::ErrorStatus details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);
  if (std::string reason = ReasonOf(status); !reason.empty()) {
    type::v1::ErrorInfo info;
    info.set_reason(reason);
    info.set_domain(kDomain);
    auto* any = details.add_details();
    any->set_type_url(kErrorInfoUrl);
    any->set_value(info.SerializeAsString());
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message, details.SerializeAsString());
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  auto code = static_cast<absl::StatusCode>(status.error_code());
  type::v1::ErrorStatus details;
  if (details.ParseFromString(status.error_details())) {
    for (const auto& any : details.details()) {
      type::v1::ErrorInfo info;
      if (any.type_url() == kErrorInfoUrl && info.ParseFromString(any.value()) && info.domain() == kDomain) {
        return Error(code, info.reason(), status.error_message());
      }
    }
  }
  return absl::Status(code, status.error_message());
}

}  // namespace overlock::rpc
