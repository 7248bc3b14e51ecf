// The executor's gRPC service.
#ifndef OVERLOCK_SERVICES_EXECUTOR_EXECUTOR_GRPC_H_
#define OVERLOCK_SERVICES_EXECUTOR_EXECUTOR_GRPC_H_

#include <boost/asio/any_io_executor.hpp>

#include "overlock/executor/v1/executor_service.grpc.pb.h"
#include "services/executor/function_executor.h"

namespace overlock::executor {

// Serves a FunctionExecutor. Calls run on `executor`: give it the supervisor's own, and no call hops between threads.
class ExecutorGrpc : public v1::ExecutorService::CallbackService {
 public:
  // `impl` must outlive the calls.
  ExecutorGrpc(FunctionExecutor& impl, boost::asio::any_io_executor executor);

  grpc::ServerUnaryReactor* Execute(grpc::CallbackServerContext* context, const v1::ExecuteRequest* request,
                                    v1::ExecuteResponse* response) override;
  grpc::ServerUnaryReactor* Compile(grpc::CallbackServerContext* context, const v1::CompileRequest* request,
                                    v1::CompileResponse* response) override;
  grpc::ServerUnaryReactor* ReadCustomUserData(grpc::CallbackServerContext* context,
                                               const v1::ReadCustomUserDataRequest* request,
                                               v1::ReadCustomUserDataResponse* response) override;

 private:
  FunctionExecutor& impl_;
  const boost::asio::any_io_executor executor_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_EXECUTOR_GRPC_H_
