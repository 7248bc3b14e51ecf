// What gRPC itself has to say, as log lines of ours.
#ifndef OVERLOCK_COMMON_RPC_GRPC_LOG_H_
#define OVERLOCK_COMMON_RPC_GRPC_LOG_H_

namespace overlock::rpc {

// From now on gRPC's errors, which it would write to standard error as text, are warnings in our log. Among them is
// every TLS handshake that failed: no certificate, one of another authority, one that has expired. Call it once, after
// log::Init().
void LogWhatGrpcSays();

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_GRPC_LOG_H_
