// Takes the calls of a server's services together, over streams (overlock.rpc.v1.CallStreamService).
#ifndef OVERLOCK_COMMON_RPC_CALL_STREAM_SERVER_H_
#define OVERLOCK_COMMON_RPC_CALL_STREAM_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/rpc/call_counters.h"
#include "common/rpc/call_handlers.h"
#include "common/rpc/caller_check.h"
#include "common/rpc/caller_table.h"
#include "common/telemetry/metrics.h"
#include "overlock/rpc/v1/call_stream_service.grpc.pb.h"

namespace overlock::rpc {

// Each call is held to its method's table of callers, counted, traced, cancelled and given a deadline as if it had come
// by itself. Thread-safe.
class CallStreamServer : public v1::CallStreamService::CallbackService {
 public:
  // `check` is null where nobody is asked who they are. `metrics` must outlive it.
  CallStreamServer(const std::vector<CallHandlers>& services, std::shared_ptr<CallerCheck> check, Metrics& metrics);
  ~CallStreamServer() override;

  static CallerTable Callers();

  // Not serving: all clients, those too that come later, are told to end their streams; calls under way are answered.
  void SetServing(bool serving);

  grpc::ServerBidiReactor<v1::StreamRequest, v1::StreamResponse>* Stream(grpc::CallbackServerContext* context) override;

  struct Method {
    CallHandlers::Handler handler;
    CallHandlers::NextExecutor executor;
    // Which methods share an executor.
    int service = 0;
    std::unique_ptr<MethodCounters> counters;
  };
  struct Shared;

 private:
  const std::shared_ptr<Shared> shared_;
};

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CALL_STREAM_SERVER_H_
