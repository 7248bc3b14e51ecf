// How often each method is called over gRPC, how that ends, and how long it takes.
#ifndef OVERLOCK_COMMON_RPC_CALL_COUNTERS_H_
#define OVERLOCK_COMMON_RPC_CALL_COUNTERS_H_

#include <grpcpp/support/server_interceptor.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "common/rpc/caller_table.h"
#include "common/telemetry/metrics.h"

namespace overlock::rpc {

// Counts one method's calls. Thread-safe, no lock after the first call with a code.
class MethodCounters {
 public:
  // `method` as in CallerPolicy::Rule. `metrics` must outlive it.
  MethodCounters(Metrics& metrics, std::string method);

  // `seconds` is negative for a stream, whose length means nothing.
  void Count(grpc::StatusCode code, double seconds);

 private:
  static constexpr size_t kCodes = 17;

  Metrics& metrics_;
  const std::string method_;
  std::atomic<Histogram*> seconds_{nullptr};
  std::array<std::atomic<Counter*>, kCodes> codes_{};
};

// Put it among a server's interceptors and every call of a method in the policy is counted when its status is sent:
// `overlock_rpc_calls_total{method,code}` (code as gRPC spells it, `DEADLINE_EXCEEDED`) and, but for streams, the
// histogram `overlock_rpc_call_seconds{method}`, from the arrival of its metadata. A method has no series before its
// first call. Calls that CallerCheck refuses never get here. Thread-safe.
class CallCounters : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // `metrics` must outlive it.
  CallCounters(const CallerPolicy& policy, Metrics& metrics);

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override;

 private:
  // By path: `/overlock.validation.v1.ValidationService/Validate`.
  absl::flat_hash_map<std::string, std::unique_ptr<MethodCounters>> methods_;
};

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CALL_COUNTERS_H_
