#include "services/executor/remote_function_executor.h"

#include <utility>

#include "common/rpc/client.h"

namespace overlock::executor {

RemoteFunctionExecutor::RemoteFunctionExecutor(rpc::Connection connection)
    : stub_(v1::ExecutorService::NewStub(std::move(connection.channel))), streams_(std::move(connection.streams)) {}

Task<absl::StatusOr<v1::ExecuteResponse>> RemoteFunctionExecutor::Execute(v1::ExecuteRequest request, Body body,
                                                                          CallContext call) {
  request.mutable_body()->assign(body.view());
  auto start = [this](auto* context, auto* message, auto* response, auto done) {
    stub_->async()->Execute(context, message, response, std::move(done));
  };
  co_return co_await rpc::CallUnary<v1::ExecuteResponse>(streams_, std::move(call), std::move(request),
                                                         std::move(start));
}

Task<absl::StatusOr<v1::CompileResponse>> RemoteFunctionExecutor::Compile(v1::CompileRequest request,
                                                                          CallContext call) {
  auto start = [this](auto* context, auto* message, auto* response, auto done) {
    stub_->async()->Compile(context, message, response, std::move(done));
  };
  co_return co_await rpc::CallUnary<v1::CompileResponse>(streams_, std::move(call), std::move(request),
                                                         std::move(start));
}

Task<absl::StatusOr<v1::ReadCustomUserDataResponse>> RemoteFunctionExecutor::ReadCustomUserData(
    v1::ReadCustomUserDataRequest request, CallContext call) {
  using Response = v1::ReadCustomUserDataResponse;
  auto start = [this](auto* context, auto* message, auto* response, auto done) {
    stub_->async()->ReadCustomUserData(context, message, response, std::move(done));
  };
  co_return co_await rpc::CallUnary<Response>(streams_, std::move(call), std::move(request), std::move(start));
}

}  // namespace overlock::executor
