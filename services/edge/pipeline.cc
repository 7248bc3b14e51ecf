#include "services/edge/pipeline.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/this_coro.hpp>

#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/await_at_most.h"
#include "common/async/event_loops.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/edge/cors.h"
#include "services/edge/request_span.h"

namespace overlock::edge {
namespace {

// How long validation may take to hear how a delivery ended.
constexpr absl::Duration kCompleteTimeMax = absl::Seconds(10);

// A message that has `app`, `webhook`, `endpoint` and `request`.
template <class Message>
Message MakeRequest(const Request& request, const RouteMatch& match, std::string_view public_url, bool with_secret) {
  Message message;
  message.mutable_app()->set_app_id(match.app->app_id);
  message.mutable_app()->set_revision(match.revision);
  *message.mutable_request() = request.ToMessage(public_url, with_secret);
  if (match.route->is_endpoint()) {
    *message.mutable_endpoint() = match.route->endpoint;
    message.mutable_request()->set_webhook_url(match.route->endpoint.route());
  } else {
    message.mutable_webhook()->set_service(match.route->service);
    message.mutable_webhook()->set_webhook(match.route->webhook);
  }
  return message;
}

// Nothing has been done by a service that does not know the revision yet.
bool IsRevisionUnknown(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable && ReasonOf(status) == "REVISION_UNKNOWN";
}

}  // namespace

RetryThrottle& Pipeline::Throttle(Service service) const { return throttles_[static_cast<size_t>(service)]; }

bool Pipeline::MayRetry(Service service) const { return Throttle(service).MayRetry(); }

Pipeline::Admission Pipeline::Admit(const Request& request) const {
  Admission admission;
  if (router_.revision() == 0) {
    admission.refusal = ConfigurationNotLoaded();
    return admission;
  }
  admission.match = router_.Find(request.path(), request.method());
  RouteMatch& match = admission.match;
  if (match.app) {
    if (std::string_view origin = FindRefusedOrigin(request, match.app->allowed_request_origins); !origin.empty()) {
      admission.refusal = OriginRefused(origin);
      return admission;
    }
  }
  if (match.outcome != RouteMatch::Outcome::kFound) {
    admission.refusal = NotFound(match);
  } else if (request.method() == "OPTIONS") {
    admission.preflight = true;
  } else if (match.route == nullptr || !match.methods.Has(request.method())) {
    bool is_endpoint = match.route == nullptr || match.route->is_endpoint();
    admission.refusal = MethodRefused(is_endpoint ? "endpoint" : "webhook", AllowedMethods(match.methods));
  }
  return admission;
}

Answer Pipeline::Preflight(const Request& request, const RouteMatch& match) const {
  Answer answer;
  answer.status = PreflightStatus();
  AppendPreflightLines(request, match.methods, answer.lines);
  return answer;
}

Answer Pipeline::Refuse(const Problem& problem, const CallContext& call) const {
  return MakeAnswer(problem, options_.console_url, call.request_id);
}

Task<Answer> Pipeline::Run(SharedRequest request, RouteMatch match, CallContext call) const {
  call.deadline = absl::Now() + match.app->run_time_max + options_.overhead_max;
  Attempt attempt = co_await Try(request, match, call);
  if (attempt.start_over) {
    // It is taken anew, if it still is one in the newest revision.
    if (!attempt.delivery.empty()) co_await EndDelivery(std::move(attempt.delivery), false, call);
    // The newest revision may say something else about everything that was checked before the body.
    Admission admission = Admit(*request);
    if (admission.refusal) co_return Refuse(*admission.refusal, call);
    attempt = co_await Try(std::move(request), std::move(admission.match), call);
  }
  if (!attempt.delivery.empty()) {
    co_await EndDelivery(std::move(attempt.delivery), attempt.succeeded, std::move(call));
  }
  co_return std::move(attempt.answer);
}

Task<Pipeline::Attempt> Pipeline::Try(SharedRequest request, RouteMatch match, CallContext call) const {
  const Route& route = *match.route;
  // Auth may run the owner's script and authz functions: after them, starting over could run those twice.
  bool may_start_over = true;
  std::string delivery;
  auto end = [&](const Step& step) {
    return Attempt{.answer = Refuse(*step.refusal, call),
                   .start_over = step.revision_gone && may_start_over,
                   .delivery = std::move(delivery)};
  };
  if (route.needs_validation) {
    Step step = co_await Validate(request, match, call);
    if (step.refusal) co_return end(step);
    if (step.answered) {
      Attempt answered;
      answered.answer = std::move(step.answer);
      co_return answered;
    }
    delivery = std::move(step.delivery);
  }
  type::v1::User user;
  user.set_type(type::v1::User::TYPE_SYSTEM);
  if (route.needs_user) {
    Step step = co_await Authenticate(request, match, call);
    if (step.refusal) co_return end(step);
    user = std::move(step.user);
    may_start_over = false;
  }
  if (route.needs_authorization) {
    Step step = co_await Authorize(request, match, call, user);
    if (step.refusal) co_return end(step);
    may_start_over = false;
  }
  Step step = co_await Execute(std::move(request), std::move(match), call, std::move(user));
  if (step.refusal) co_return end(step);
  Attempt done;
  done.succeeded = !IsServerError(step.answer.status);
  done.answer = std::move(step.answer);
  done.delivery = std::move(delivery);
  co_return done;
}

Task<void> Pipeline::EndDelivery(std::string delivery, bool succeeded, CallContext call) const {
  Task<void> complete = CompleteDelivery(std::move(delivery), succeeded, std::move(call));
  if (succeeded) {
    boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
    Detach(executor, std::move(complete));
  } else {
    co_await AwaitAtMost(options_.release_wait_max, std::move(complete));
  }
}

Task<void> Pipeline::CompleteDelivery(std::string delivery, bool succeeded, CallContext call) const {
  // The request may have run out of time, or its sender may have gone: validation has to know all the same.
  call.stop = std::stop_token();
  call.deadline = absl::Now() + kCompleteTimeMax;
  for (int attempt = 0;; ++attempt) {
    validation::v1::CompleteDeliveryRequest message;
    message.set_delivery(delivery);
    message.set_succeeded(succeeded);
    absl::StatusOr<validation::v1::CompleteDeliveryResponse> response =
        co_await services_.validator->CompleteDelivery(std::move(message), call);
    if (response.ok()) co_return;
    if (attempt == 0 && response.status().code() == absl::StatusCode::kUnavailable && MayRetry(Service::kValidation)) {
      continue;
    }
    log::Warning("validation was not told how a delivery ended",
                 {{"succeeded", succeeded}, {"error", response.status().ToString()}, {"request_id", call.request_id}});
    co_return;
  }
}

Pipeline::Step Pipeline::NoAnswer(Service service, const absl::Status& status, const CallContext& call) {
  Step step;
  step.revision_gone = status.code() == absl::StatusCode::kFailedPrecondition && ReasonOf(status) == "REVISION_GONE";
  step.refusal = FromStatus(service, status);
  if (!step.revision_gone) {
    log::Warning("a service gave no answer",
                 {{"target", ServiceName(service)}, {"error", status.ToString()}, {"request_id", call.request_id}});
  }
  return step;
}

Task<Pipeline::Step> Pipeline::Validate(SharedRequest request, RouteMatch match, CallContext call) const {
  Span span = BeginCheckSpan("validate", call.trace);
  for (int attempt = 0;; ++attempt) {
    auto message =
        MakeRequest<validation::v1::ValidateRequest>(*request, match, options_.public_url, /*with_secret=*/true);
    absl::StatusOr<validation::v1::ValidateResponse> response =
        co_await services_.validator->Validate(std::move(message), request->body(), call);
    if (!response.ok()) {
      // To validate twice does no harm, so a connection that broke is worth another try: whoever has taken the delivery
      // is known by the request's id.
      if (attempt == 0 && response.status().code() == absl::StatusCode::kUnavailable &&
          MayRetry(Service::kValidation)) {
        continue;
      }
      Step step = NoAnswer(Service::kValidation, response.status(), call);
      SetRefusal(span, *step.refusal);
      co_return step;
    }
    Throttle(Service::kValidation).Answered();
    Step step = Validated(*response, call);
    if (step.refusal) SetRefusal(span, *step.refusal);
    co_return step;
  }
}

Pipeline::Step Pipeline::Validated(const validation::v1::ValidateResponse& response, const CallContext& call) {
  Step step;
  if (!response.valid()) {
    log::Info("validation refused a request",
              {{"reason", validation::v1::ValidateResponse::Refusal_Name(response.refusal())},
               {"request_id", call.request_id}});
    step.refusal = ValidationRefused();
    return step;
  }
  step.answered = response.has_handshake() || response.duplicate();
  step.answer.status = AnsweredStatus();
  if (response.has_handshake()) {
    step.answer.cause = Cause::kHandshake;
    step.answer.lines = absl::StrCat("Content-Type: ", response.handshake().content_type(), "\r\n");
    step.answer.body = response.handshake().body();
  } else if (response.duplicate()) {
    step.answer.cause = Cause::kDuplicate;
    step.answer.lines = "X-Overlock-Duplicate: true\r\n";
  } else {
    step.delivery = response.delivery();
  }
  return step;
}

Task<Pipeline::Step> Pipeline::Authenticate(SharedRequest request, RouteMatch match, CallContext call) const {
  Span span = BeginCheckSpan("authenticate", call.trace);
  for (int attempt = 0;; ++attempt) {
    auto message =
        MakeRequest<auth::v1::AuthenticateRequest>(*request, match, options_.public_url, /*with_secret=*/false);
    absl::StatusOr<auth::v1::AuthenticateResponse> response =
        co_await services_.authenticator->Authenticate(std::move(message), request->body(), call);
    if (!response.ok()) {
      if (attempt == 0 && IsRevisionUnknown(response.status()) && MayRetry(Service::kAuth)) continue;
      Step step = NoAnswer(Service::kAuth, response.status(), call);
      SetRefusal(span, *step.refusal);
      co_return step;
    }
    Throttle(Service::kAuth).Answered();
    Step step;
    if (response->has_user()) {
      step.user = std::move(*response->mutable_user());
    } else if (response->has_refusal()) {
      step.refusal = UserRefused(response->refusal());
    } else {
      step.refusal = EmptyAnswer(Service::kAuth);
    }
    if (step.refusal) SetRefusal(span, *step.refusal);
    co_return step;
  }
}

Task<Pipeline::Step> Pipeline::Authorize(SharedRequest request, RouteMatch match, CallContext call,
                                         type::v1::User user) const {
  Span span = BeginCheckSpan("authorize", call.trace);
  for (int attempt = 0;; ++attempt) {
    auto message =
        MakeRequest<authz::v1::AuthorizeRequest>(*request, match, options_.public_url, /*with_secret=*/false);
    *message.mutable_user() = user;
    absl::StatusOr<authz::v1::AuthorizeResponse> response =
        co_await services_.authorizer->Authorize(std::move(message), call);
    if (!response.ok()) {
      // The expression may call functions; the edge does not know, so only what surely did nothing is tried again.
      if (attempt == 0 && IsRevisionUnknown(response.status()) && MayRetry(Service::kAuthz)) continue;
      Step step = NoAnswer(Service::kAuthz, response.status(), call);
      SetRefusal(span, *step.refusal);
      co_return step;
    }
    Throttle(Service::kAuthz).Answered();
    Step step;
    if (!response->allowed()) step.refusal = NotAuthorized(match.route->function_name());
    if (step.refusal) SetRefusal(span, *step.refusal);
    co_return step;
  }
}

Task<Pipeline::Step> Pipeline::Execute(SharedRequest request, RouteMatch match, CallContext call,
                                       type::v1::User user) const {
  for (int attempt = 0;; ++attempt) {
    auto message =
        MakeRequest<executor::v1::ExecuteRequest>(*request, match, options_.public_url, /*with_secret=*/false);
    *message.mutable_user() = user;
    absl::StatusOr<executor::v1::ExecuteResponse> response =
        co_await services_.executor->Execute(std::move(message), request->body(), call);
    if (!response.ok()) {
      if (attempt == 0 && IsRevisionUnknown(response.status()) && MayRetry(Service::kExecutor)) continue;
      co_return NoAnswer(Service::kExecutor, response.status(), call);
    }
    Throttle(Service::kExecutor).Answered();
    Step step;
    if (response->has_failure()) {
      step.refusal = FunctionFailed(response->failure());
    } else if (!response->has_response()) {
      step.refusal = EmptyAnswer(Service::kExecutor);
    } else {
      executor::v1::WebhookResponse& from = *response->mutable_response();
      step.answer.status = from.status();
      step.answer.headers.Swap(from.mutable_headers());
      step.answer.body = std::move(*from.mutable_body());
      if (!IsFinalStatus(from.status())) {
        step.refusal = AnswerUnusable("its status code is not from 200 to 599");
      } else if (HeaderBytes(step.answer) > kAnswerHeaderBytesMax) {
        step.refusal = AnswerUnusable("its headers are larger than 64 KiB");
      }
    }
    co_return step;
  }
}

}  // namespace overlock::edge
