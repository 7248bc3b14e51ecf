#include "services/executor/executor_grpc.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/async/service_identity.h"
#include "common/rpc/server.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"

namespace overlock::executor {
namespace {

constexpr std::array<std::string_view, 3> kServices = {"edge", "auth", "authz"};

bool IsTrusted(const Caller& caller, ExecutorGrpc::Trust trust) {
  if (trust == ExecutorGrpc::Trust::kNobody) return false;
  return !caller.tls || std::any_of(kServices.begin(), kServices.end(),
                                    [&caller](std::string_view service) { return IsService(caller, service); });
}

void LogRefusal(const absl::Status& why, std::string_view app_id, const CallContext& call) {
  constexpr size_t kAppIdBytesMax = 64;
  const std::string names = absl::StrJoin(call.caller->certificate_names, ",");
  log::Warning("refused to execute a function", {{"reason", ReasonOf(why)},
                                                 {"app_id", app_id.substr(0, kAppIdBytesMax)},
                                                 {"peer", call.caller->address},
                                                 {"certificate_names", names},
                                                 {"request_id", call.request_id}});
}

}  // namespace

ExecutorGrpc::ExecutorGrpc(FunctionExecutor& impl, config::TokenChecker& tokens, Trust trust,
                           boost::asio::any_io_executor executor)
    : impl_(impl), tokens_(tokens), trust_(trust), executor_(std::move(executor)) {}

rpc::CallerTable ExecutorGrpc::Callers() {
  std::vector<std::string_view> execute(kServices.begin(), kServices.end());
  execute.push_back(rpc::kTokenHolder);
  return {v1::ExecutorService::service_full_name(),
          {{"Execute", std::move(execute)}, {"Compile", {"config"}}, {"ReadCustomUserData", {"auth"}}}};
}

rpc::CallHandlers ExecutorGrpc::Handlers() {
  rpc::CallHandlers handlers([this] { return executor_; });
  handlers.Add<v1::ExecuteRequest>(
      [this](v1::ExecuteRequest request, CallContext call) { return Run(std::move(request), std::move(call)); });
  handlers.Add<v1::ReadCustomUserDataRequest>([this](v1::ReadCustomUserDataRequest request, CallContext call) {
    return impl_.ReadCustomUserData(std::move(request), std::move(call));
  });
  return handlers;
}

Task<absl::StatusOr<v1::ExecuteResponse>> ExecutorGrpc::Run(v1::ExecuteRequest request, CallContext call) {
  if (!IsTrusted(*call.caller, trust_)) return ExecuteWithToken(std::move(request), std::move(call));
  Body body(std::move(*request.mutable_body()));
  request.clear_body();
  return impl_.Execute(std::move(request), std::move(body), std::move(call));
}

grpc::ServerUnaryReactor* ExecutorGrpc::Execute(grpc::CallbackServerContext* context, const v1::ExecuteRequest* request,
                                                v1::ExecuteResponse* response) {
  auto handler = [this, request](CallContext call) { return Run(*request, std::move(call)); };
  return rpc::ServeUnary(executor_, context, request, response, std::move(handler));
}

Task<absl::StatusOr<v1::ExecuteResponse>> ExecutorGrpc::ExecuteWithToken(v1::ExecuteRequest request, CallContext call) {
  absl::StatusOr<config::v1::Token> token =
      co_await tokens_.Check(call, request.app().app_id(), config::v1::ROLE_EDITOR);
  if (!token.ok()) {
    LogRefusal(token.status(), request.app().app_id(), call);
    co_return token.status();
  }
  Body body(std::move(*request.mutable_body()));
  request.clear_body();
  co_return co_await impl_.Execute(std::move(request), std::move(body), std::move(call));
}

grpc::ServerUnaryReactor* ExecutorGrpc::Compile(grpc::CallbackServerContext* context, const v1::CompileRequest* request,
                                                v1::CompileResponse* response) {
  auto handler = [this, request](CallContext call) { return impl_.Compile(*request, std::move(call)); };
  return rpc::ServeUnary(executor_, context, request, response, std::move(handler));
}

grpc::ServerUnaryReactor* ExecutorGrpc::ReadCustomUserData(grpc::CallbackServerContext* context,
                                                           const v1::ReadCustomUserDataRequest* request,
                                                           v1::ReadCustomUserDataResponse* response) {
  auto handler = [this, request](CallContext call) { return impl_.ReadCustomUserData(*request, std::move(call)); };
  return rpc::ServeUnary(executor_, context, request, response, std::move(handler));
}

}  // namespace overlock::executor
