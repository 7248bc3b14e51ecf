// absl::Status and grpc::Status, the only place where both meet.
#ifndef OVERLOCK_COMMON_RPC_GRPC_STATUS_H_
#define OVERLOCK_COMMON_RPC_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace overlock::rpc {

// Code, message and reason go over and come back. On the wire the reason is a google.rpc.ErrorInfo in
// `grpc-status-details-bin` (AIP-193). INTERNAL and UNKNOWN go without their message: what is our fault is logged
// here and tells the caller nothing.
grpc::Status ToGrpcStatus(const absl::Status& status);
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_GRPC_STATUS_H_
