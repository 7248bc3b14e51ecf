#include "services/executor/local_function_executor.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/executor/function_span.h"
#include "services/executor/supervisor/submit.h"

namespace overlock::executor {
namespace {

constexpr int kArgumentsMax = 64;
// gRPC's limit too: what may come remotely may come locally.
constexpr size_t kRequestBytesMax = 20 << 20;

// What the caller named, for an error or a span.
std::string TargetText(const v1::ExecuteRequest& request) {
  auto webhook = [](std::string_view what, const type::v1::WebhookName& name) {
    return absl::StrCat(what, " '", name.service(), "/", name.webhook(), "'");
  };
  auto endpoint = [](std::string_view what, const type::v1::EndpointName& name) {
    return absl::StrCat(what, " '", name.method(), " ", name.route(), "'");
  };
  if (request.has_webhook()) return webhook("webhook", request.webhook());
  if (request.has_webhook_function()) return webhook("webhook", request.webhook_function());
  if (request.has_run_as_script()) return webhook("the run-as script of webhook", request.run_as_script());
  if (request.has_endpoint()) return endpoint("endpoint", request.endpoint());
  if (request.has_endpoint_run_as_script()) {
    return endpoint("the run-as script of endpoint", request.endpoint_run_as_script());
  }
  return absl::StrCat("function '", request.function(), "'");
}

absl::Status CheckRequest(const v1::ExecuteRequest& request, const Body& body) {
  if (request.target_case() == v1::ExecuteRequest::TARGET_NOT_SET) {
    return Error(absl::StatusCode::kInvalidArgument, "TARGET_UNSET", "target: one of them must be set");
  }
  if (request.arguments_ejson_size() > kArgumentsMax) {
    return Error(absl::StatusCode::kInvalidArgument, "TOO_MANY_ARGUMENTS",
                 absl::StrCat("arguments_ejson: ", request.arguments_ejson_size(), ", at most ", kArgumentsMax));
  }
  if (size_t bytes = request.ByteSizeLong() + body.size(); bytes > kRequestBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, "REQUEST_TOO_LARGE",
                 absl::StrCat("request: ", bytes, " bytes, at most ", kRequestBytesMax));
  }
  return absl::OkStatus();
}

int64_t DeadlineNanos(const AppCode& code, const CallContext& call) {
  return MonotonicNanos() + absl::ToInt64Nanoseconds(std::min(call.TimeLeft(), code.run_time_max()));
}

}  // namespace

LocalFunctionExecutor::LocalFunctionExecutor(boost::asio::any_io_executor executor, SupervisorOptions options,
                                             Metrics& metrics, std::shared_ptr<ServiceActions> actions)
    : executor_(executor),
      supervisor_(Supervisor::Make(executor, std::move(options), metrics, actions)),
      compiler_(supervisor_, metrics),
      custom_user_data_(executor_, actions) {
  if (actions) actions->UseFunctions(*this);
}

LocalFunctionExecutor::~LocalFunctionExecutor() { Stop(); }

void LocalFunctionExecutor::Start() { supervisor_->Start(); }

void LocalFunctionExecutor::Apply(const config::v1::WatchResponse& batch) {
  std::vector<VersionedApps<AppCode>::Change> changes;
  std::vector<std::string> changed;
  std::vector<std::string> removed(batch.removed_app_ids().begin(), batch.removed_app_ids().end());
  std::vector<std::string> before;
  if (batch.snapshot()) apps_.ForEach([&](const std::string& app_id, const auto&) { before.push_back(app_id); });
  for (const config::v1::AppView& view : batch.apps()) {
    if (!view.has_executor()) {
      log::Error("config sent another view than the executor's", {{"app_id", view.app().app_id()}});
      continue;
    }
    const std::string& app_id = view.app().app_id();
    std::erase(before, app_id);
    if (apps_.Latest(app_id).revision != view.app().revision()) changed.push_back(app_id);
    changes.push_back({app_id, view.app().revision(), std::make_shared<const AppCode>(view)});
  }
  removed.insert(removed.end(), before.begin(), before.end());
  apps_.Apply(batch.revision(), batch.snapshot(), std::move(changes), removed);
  supervisor_->AppsChanged(std::move(changed), std::move(removed));
}

Task<absl::StatusOr<v1::ExecuteResponse>> LocalFunctionExecutor::Execute(v1::ExecuteRequest request, Body body,
                                                                         CallContext call) {
  OVERLOCK_CO_RETURN_IF_ERROR(CheckRequest(request, body));
  auto code = apps_.Find(request.app().app_id(), request.app().revision());
  if (absl::IsUnavailable(code.status())) {
    std::string app_id = request.app().app_id();
    code = co_await apps_.Get(std::move(app_id), request.app().revision(), call);
  }
  if (!code.ok()) co_return code.status();
  if (!(*code)->Has(request)) {
    co_return Error(absl::StatusCode::kNotFound, "TARGET_NOT_FOUND",
                    absl::StrCat("target: ", TargetText(request), " is not in revision ", request.app().revision(),
                                 " of ", request.app().app_id()));
  }
  Span span;
  if (Span::Wanted(call.trace)) span = BeginFunctionSpan(TargetText(request), request, call);
  auto invocation = std::make_shared<Invocation>();
  invocation->deadline_ns = DeadlineNanos(**code, call);
  invocation->code = *std::move(code);
  invocation->request_bytes = request.ByteSizeLong() + body.size();
  invocation->request = std::move(request);
  invocation->body = std::move(body);
  invocation->request_id = call.request_id;
  invocation->trace = call.trace;
  invocation->tracestate = call.tracestate;
  absl::StatusOr<v1::ExecuteResponse> response = co_await Submit(supervisor_, std::move(invocation), call.stop);
  EndFunctionSpan(span, response);
  co_return response;
}

Task<absl::StatusOr<v1::CompileResponse>> LocalFunctionExecutor::Compile(v1::CompileRequest request, CallContext call) {
  return compiler_.Compile(std::move(request), std::move(call));
}

Task<absl::StatusOr<v1::ReadCustomUserDataResponse>> LocalFunctionExecutor::ReadCustomUserData(
    v1::ReadCustomUserDataRequest request, CallContext call) {
  if (request.user_id().empty()) {
    co_return Error(absl::StatusCode::kInvalidArgument, "USER_ID_UNSET", "user_id: must not be empty");
  }
  std::string app_id = request.app().app_id();
  OVERLOCK_CO_ASSIGN_OR_RETURN(std::shared_ptr<const AppCode> code,
                               co_await apps_.Get(std::move(app_id), request.app().revision(), call));
  co_return co_await custom_user_data_.Read(std::move(code), std::move(*request.mutable_user_id()), std::move(call));
}

absl::Status LocalFunctionExecutor::Ready() const {
  if (supervisor_->ready()) return absl::OkStatus();
  if (supervisor_->exhausted()) {
    return Error(absl::StatusCode::kUnavailable, "THREADS_ABANDONED",
                 "too many threads run functions that cannot be ended; start this process anew");
  }
  return Error(absl::StatusCode::kUnavailable, "NO_WORKER", "no worker is ready");
}

void LocalFunctionExecutor::Drain(absl::Time deadline) {
  auto wait = [](std::shared_ptr<Supervisor> supervisor, absl::Time deadline) -> Task<void> {
    while (supervisor->outstanding() > 0 && absl::Now() < deadline) co_await Delay(absl::Milliseconds(5));
  };
  BlockOn(wait(supervisor_, deadline));
  if (int left = supervisor_->outstanding(); left > 0) {
    log::Warning("cuts invocations at the end of the drain", {{"invocations", left}});
  }
}

void LocalFunctionExecutor::Stop() {
  if (std::exchange(stopped_, true)) return;
  // The promise may outlive this call: the loop may be slower than the wait.
  auto stopped = std::make_shared<std::promise<void>>();
  std::future<void> done = stopped->get_future();
  boost::asio::post(executor_, [supervisor = supervisor_, stopped] {
    supervisor->StopOnLoop();
    stopped->set_value();
  });
  if (done.wait_for(std::chrono::seconds(5)) != std::future_status::ready) {
    log::Error("the executor's loop did not stop its workers in time");
  }
}

}  // namespace overlock::executor
