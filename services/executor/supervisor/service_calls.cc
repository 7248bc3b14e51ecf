#include "services/executor/supervisor/service_calls.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/telemetry/log.h"
#include "services/executor/channel/frame.h"
#include "services/executor/supervisor/app_state.h"
#include "services/executor/supervisor/call_span.h"
#include "services/executor/supervisor/worker.h"

namespace overlock::executor {
namespace {

// A larger document should be a body. Reading it takes the supervisor's loop some 10 ms a MiB.
constexpr size_t kArgumentBytesMax = 4 << 20;
constexpr size_t kBodyBytesMax = 20 << 20;
constexpr size_t kActionBytesMax = 256;
// Results that a worker has not read yet may grow to the first; beyond it they are failures, beyond the second nothing.
constexpr size_t kUnsentValuesBytesMax = 64 << 20;
constexpr size_t kUnsentFailuresBytesMax = 96 << 20;
constexpr char kTooLarge[] = "ReadSizeLimitExceeded";
constexpr char kMetric[] = "overlock_executor_service_calls_total";
constexpr char kSecondsMetric[] = "overlock_executor_service_call_seconds";

// `as_system` is the worker's word; it is taken where it can be true.
bool MayRunAsSystem(const Invocation& invocation) {
  return invocation.request.user().type() == type::v1::User::TYPE_SYSTEM || invocation.code->has_system_function();
}

CallContext ContextOf(Invocation& invocation) {
  if (!invocation.service_calls) invocation.service_calls.emplace();
  CallContext context;
  context.deadline = absl::Now() + absl::Nanoseconds(invocation.deadline_ns - MonotonicNanos());
  context.stop = invocation.service_calls->get_token();
  context.request_id = invocation.request_id;
  context.trace = invocation.trace;
  context.tracestate = invocation.tracestate;
  return context;
}

// Messages between processes hold UTF-8 only; what came from outside may be anything.
std::string ToUtf8(std::string text) {
  if (ejson::IsUtf8(text)) return text;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return text;
}

std::string_view FailureCode(const ServiceOutcome& outcome) {
  const auto* failure = std::get_if<ServiceFailure>(&outcome);
  return failure == nullptr ? std::string_view() : std::string_view(failure->code);
}

}  // namespace

std::shared_ptr<ServiceCalls> ServiceCalls::Make(boost::asio::any_io_executor executor,
                                                 const SupervisorOptions& options,
                                                 std::shared_ptr<ServiceActions> actions, Metrics& metrics) {
  return std::shared_ptr<ServiceCalls>(new ServiceCalls(std::move(executor), options, std::move(actions), metrics));
}

ServiceCalls::ServiceCalls(boost::asio::any_io_executor executor, const SupervisorOptions& options,
                           std::shared_ptr<ServiceActions> actions, Metrics& metrics)
    : executor_(std::move(executor)),
      items_max_(options.app_service_calls_max),
      bytes_max_(options.app_service_call_bytes_max),
      actions_(actions ? std::move(actions) : std::make_shared<ServiceActions>()),
      metrics_(metrics) {}

void ServiceCalls::Begin(const InvocationPtr& invocation, worker::v1::ServiceCall message) {
  if (invocation->answered() || invocation->worker == nullptr) return;
  const uint64_t operation = message.operation();
  AppState& app = *invocation->app;
  const auto bytes = static_cast<int64_t>(message.ByteSizeLong());
  if (app.service_calls >= items_max_ || app.service_call_bytes + bytes > bytes_max_) {
    return Refuse(*invocation, operation,
                  {"InternalServerError", "too many service calls of this application are under way"});
  }
  Span span;
  std::variant<ServiceCallPtr, ServiceFailure> read = Read(invocation, message, span);
  if (auto* failure = std::get_if<ServiceFailure>(&read)) {
    return Refuse(*invocation, operation, std::move(*failure));
  }
  ++app.service_calls;
  app.service_call_bytes += bytes;
  Pending pending = {invocation,     invocation->sequence, operation,
                     bytes,          MonotonicNanos(),     std::get<ServiceCallPtr>(std::move(read)),
                     std::move(span)};
  Detach(executor_, Run(shared_from_this(), std::move(pending)));
}

std::variant<ServiceCallPtr, ServiceFailure> ServiceCalls::Read(const InvocationPtr& invocation,
                                                                worker::v1::ServiceCall& message, Span& span) {
  if (message.argument_ejson().size() > kArgumentBytesMax || message.body().size() > kBodyBytesMax) {
    return ServiceFailure{
        kTooLarge, absl::StrCat("the argument has ", message.argument_ejson().size(), " bytes and its body ",
                                message.body().size(), ", allowed: ", kArgumentBytesMax, " and ", kBodyBytesMax)};
  }
  if (message.action().size() > kActionBytesMax) {
    return ServiceFailure{"ServiceCommandNotFound", "the action's name is too long"};
  }
  auto call = std::make_shared<ServiceCall>();
  if (!message.service().empty()) {
    call->service = invocation->code->FindService(message.service());
    if (call->service == nullptr) {
      return ServiceFailure{"ServiceNotFound", absl::StrCat("service not found: '", message.service(), "'")};
    }
  }
  absl::StatusOr<ejson::Value> argument = ejson::Parse(message.argument_ejson());
  if (!argument.ok() || !argument->is(ejson::Value::Type::kDocument)) {
    return ServiceFailure{"InvalidParameter",
                          argument.ok() ? "the argument must be a document"
                                        : absl::StrCat("the argument cannot be read: ", argument.status().message())};
  }
  call->code = invocation->code;
  call->action = std::move(*message.mutable_action());
  call->argument = *std::move(argument);
  call->body = std::move(*message.mutable_body());
  call->as_system = message.as_system() && MayRunAsSystem(*invocation);
  call->invocation = std::shared_ptr<const v1::ExecuteRequest>(invocation, &invocation->request);
  call->context = ContextOf(*invocation);
  span = BeginCallSpan(*actions_, *call);
  return call;
}

Task<void> ServiceCalls::Run(std::shared_ptr<ServiceCalls> self, Pending pending) {
  ServiceCallPtr call = pending.call;
  ServiceOutcome outcome = co_await self->actions_->Call(std::move(call));
  self->Finish(pending, std::move(outcome));
}

void ServiceCalls::Finish(Pending& pending, ServiceOutcome outcome) {
  Invocation& invocation = *pending.invocation;
  --invocation.app->service_calls;
  invocation.app->service_call_bytes -= pending.bytes;
  double seconds = static_cast<double>(MonotonicNanos() - pending.began_ns) * 1e-9;
  Measure(*pending.call, outcome, seconds);
  EndCallSpan(pending.span, outcome);
  Log(pending, outcome, seconds);
  Note(pending, outcome, seconds);
  if (invocation.answered() || invocation.worker == nullptr || invocation.sequence != pending.sequence) return;
  Reply(invocation, pending.operation, std::move(outcome));
}

void ServiceCalls::Reply(Invocation& invocation, uint64_t operation, ServiceOutcome outcome) {
  if (auto* failure = std::get_if<ServiceFailure>(&outcome)) {
    return ReplyFailure(invocation, operation, std::move(*failure));
  }
  auto& value = std::get<ServiceValue>(outcome);
  worker::v1::ToWorker message;
  worker::v1::ServiceResult& result = *message.mutable_service_result();
  result.set_sequence(invocation.sequence);
  result.set_operation(operation);
  result.mutable_value()->set_value_ejson(ToUtf8(ejson::ToCanonicalJson(value.value)));
  result.mutable_value()->set_body(std::move(value.body));
  if (result.ByteSizeLong() > kFrameBytesMax - 1024) {
    return ReplyFailure(invocation, operation, {kTooLarge, "the result is too large"});
  }
  if (invocation.worker->unsent_bytes() > kUnsentValuesBytesMax) {
    return ReplyFailure(invocation, operation, {kTooLarge, "the function's worker is too busy to read more results"});
  }
  invocation.worker->Send(message);
}

void ServiceCalls::ReplyFailure(Invocation& invocation, uint64_t operation, ServiceFailure failure) {
  if (invocation.worker->unsent_bytes() > kUnsentFailuresBytesMax) return;
  worker::v1::ToWorker message;
  worker::v1::ServiceResult& result = *message.mutable_service_result();
  result.set_sequence(invocation.sequence);
  result.set_operation(operation);
  result.mutable_failure()->set_code(ToUtf8(std::move(failure.code)));
  result.mutable_failure()->set_message(ToUtf8(std::move(failure.message)));
  result.mutable_failure()->set_number(failure.number);
  result.mutable_failure()->set_name(ToUtf8(std::move(failure.name)));
  invocation.worker->Send(message);
}

void ServiceCalls::End(Invocation& invocation) {
  if (invocation.service_calls) invocation.service_calls->request_stop();
}

void ServiceCalls::Measure(const ServiceCall& call, const ServiceOutcome& outcome, double seconds) {
  ServiceActions::MetricNames names = actions_->NamesOf(call);
  std::string_view code = FailureCode(outcome);
  std::string_view how = code.empty() ? "ok" : code == "NoMatchingRuleFound" ? "blocked" : "failed";
  Count(names, how);
  Histogram*& histogram = seconds_[names.type];
  if (histogram == nullptr) {
    histogram = &metrics_.GetHistogram(kSecondsMetric, "How long service calls take.", LatencyBuckets(),
                                       {{"type", std::string(names.type)}});
  }
  histogram->Observe(seconds);
}

void ServiceCalls::Count(ServiceActions::MetricNames names, std::string_view outcome) {
  Counter*& total = totals_[{names.type, names.action, outcome}];
  if (total == nullptr) {
    total = &metrics_.GetCounter(
        kMetric, "Service calls by how they ended.",
        {{"type", std::string(names.type)}, {"action", std::string(names.action)}, {"outcome", std::string(outcome)}});
  }
  total->Increment();
}

void ServiceCalls::Refuse(Invocation& invocation, uint64_t operation, ServiceFailure failure) {
  Count({"unknown", "unknown"}, "refused");
  ReplyFailure(invocation, operation, std::move(failure));
}

void ServiceCalls::Note(const Pending& pending, const ServiceOutcome& outcome, double seconds) {
  Invocation& invocation = *pending.invocation;
  ++invocation.ended_calls;
  if (invocation.answered() || invocation.logged_calls.size() >= Invocation::kLoggedCallsMax) return;
  const ServiceCall& call = *pending.call;
  std::string_view service = call.service == nullptr ? std::string_view("context.http") : call.service->name();
  std::string subject = actions_->SubjectOf(call);
  std::string_view code = FailureCode(outcome);
  invocation.logged_calls.push_back(absl::StrCat(service, ".", call.action, subject.empty() ? "" : " ", subject, " ",
                                                 static_cast<int64_t>(seconds * 1e6), " us", code.empty() ? "" : " ",
                                                 code));
}

void ServiceCalls::Log(const Pending& pending, const ServiceOutcome& outcome, double seconds) {
  const ServiceCall& call = *pending.call;
  std::string_view code = FailureCode(outcome);
  // A call that succeeds is no event; one that fails is a line beside the function's console.
  log::Level level = code.empty() ? log::Level::kDebug : log::Level::kInfo;
  if (!log::Enabled(level)) return;
  std::string_view service = call.service == nullptr ? std::string_view() : std::string_view(call.service->name());
  const auto* failure = std::get_if<ServiceFailure>(&outcome);
  log::Write(level, "service called",
             {{"request_id", pending.invocation->request_id},
              {"app_id", call.code->app_id()},
              {"service_name", service},
              {"action", call.action},
              {"milliseconds", static_cast<int64_t>(seconds * 1e3)},
              {"error_code", code},
              {"error", failure == nullptr ? "" : failure->message}});
}

}  // namespace overlock::executor
