#include "services/executor/executor_grpc.h"

#include <string>
#include <utility>

#include "common/rpc/server.h"

namespace overlock::executor {

ExecutorGrpc::ExecutorGrpc(FunctionExecutor& impl, boost::asio::any_io_executor executor)
    : impl_(impl), executor_(std::move(executor)) {}

grpc::ServerUnaryReactor* ExecutorGrpc::Execute(grpc::CallbackServerContext* context, const v1::ExecuteRequest* request,
                                                v1::ExecuteResponse* response) {
  auto handler = [this, request](CallContext call) {
    v1::ExecuteRequest message = *request;
    Body body(std::move(*message.mutable_body()));
    message.clear_body();
    return impl_.Execute(std::move(message), std::move(body), std::move(call));
  };
  return rpc::ServeUnary(executor_, context, response, std::move(handler));
}

grpc::ServerUnaryReactor* ExecutorGrpc::Compile(grpc::CallbackServerContext* context, const v1::CompileRequest* request,
                                                v1::CompileResponse* response) {
  auto handler = [this, request](CallContext call) { return impl_.Compile(*request, std::move(call)); };
  return rpc::ServeUnary(executor_, context, response, std::move(handler));
}

grpc::ServerUnaryReactor* ExecutorGrpc::ReadCustomUserData(grpc::CallbackServerContext* context,
                                                           const v1::ReadCustomUserDataRequest* request,
                                                           v1::ReadCustomUserDataResponse* response) {
  auto handler = [this, request](CallContext call) { return impl_.ReadCustomUserData(*request, std::move(call)); };
  return rpc::ServeUnary(executor_, context, response, std::move(handler));
}

}  // namespace overlock::executor
