// The executor's gRPC service.
#ifndef OVERLOCK_SERVICES_EXECUTOR_EXECUTOR_GRPC_H_
#define OVERLOCK_SERVICES_EXECUTOR_EXECUTOR_GRPC_H_

#include <boost/asio/any_io_executor.hpp>

#include "common/rpc/call_handlers.h"
#include "common/rpc/caller_table.h"
#include "overlock/executor/v1/executor_service.grpc.pb.h"
#include "services/config/token_check.h"
#include "services/executor/function_executor.h"

namespace overlock::executor {

// Serves a FunctionExecutor. Calls run on `executor`: give it the supervisor's own, and no call hops between threads.
//
// Execute runs whatever edge, auth and authz ask. Anybody else, such as a person with the command line, needs an admin
// token with which the application could be changed (ROLE_EDITOR): such a one can run anything there anyway. Errors are
// TokenChecker::Check()'s; nothing has been executed then.
class ExecutorGrpc : public v1::ExecutorService::CallbackService {
 public:
  // Who may call Execute without a token.
  enum class Trust {
    // Over TLS the services, by their certificates; over plain text everybody, as nobody can be told from another.
    kServices,
    // Nobody: the services are in this process and have no need to come by gRPC.
    kNobody,
  };

  // `impl` and `tokens` must outlive the calls.
  ExecutorGrpc(FunctionExecutor& impl, config::TokenChecker& tokens, Trust trust,
               boost::asio::any_io_executor executor);

  static rpc::CallerTable Callers();
  rpc::CallHandlers Handlers();

  grpc::ServerUnaryReactor* Execute(grpc::CallbackServerContext* context, const v1::ExecuteRequest* request,
                                    v1::ExecuteResponse* response) override;
  grpc::ServerUnaryReactor* Compile(grpc::CallbackServerContext* context, const v1::CompileRequest* request,
                                    v1::CompileResponse* response) override;
  grpc::ServerUnaryReactor* ReadCustomUserData(grpc::CallbackServerContext* context,
                                               const v1::ReadCustomUserDataRequest* request,
                                               v1::ReadCustomUserDataResponse* response) override;

 private:
  Task<absl::StatusOr<v1::ExecuteResponse>> Run(v1::ExecuteRequest request, CallContext call);
  Task<absl::StatusOr<v1::ExecuteResponse>> ExecuteWithToken(v1::ExecuteRequest request, CallContext call);

  FunctionExecutor& impl_;
  config::TokenChecker& tokens_;
  const Trust trust_;
  const boost::asio::any_io_executor executor_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_EXECUTOR_GRPC_H_
