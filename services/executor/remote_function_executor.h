// The executor in another process.
#ifndef OVERLOCK_SERVICES_EXECUTOR_REMOTE_FUNCTION_EXECUTOR_H_
#define OVERLOCK_SERVICES_EXECUTOR_REMOTE_FUNCTION_EXECUTOR_H_

#include <memory>

#include "common/rpc/connection.h"
#include "overlock/executor/v1/executor_service.grpc.pb.h"
#include "services/executor/function_executor.h"

namespace overlock::executor {

// Asks the executor service over a channel. Never retries: an execution may have had effects, and who asks whether
// sources compile, or for custom data, knows how long that may take.
class RemoteFunctionExecutor : public FunctionExecutor {
 public:
  explicit RemoteFunctionExecutor(rpc::Connection connection);

  Task<absl::StatusOr<v1::ExecuteResponse>> Execute(v1::ExecuteRequest request, Body body, CallContext call) override;
  Task<absl::StatusOr<v1::CompileResponse>> Compile(v1::CompileRequest request, CallContext call) override;
  Task<absl::StatusOr<v1::ReadCustomUserDataResponse>> ReadCustomUserData(v1::ReadCustomUserDataRequest request,
                                                                          CallContext call) override;

 private:
  const std::unique_ptr<v1::ExecutorService::StubInterface> stub_;
  const std::shared_ptr<rpc::CallStreams> streams_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_REMOTE_FUNCTION_EXECUTOR_H_
