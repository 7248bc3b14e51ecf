#include "services/edge/pipeline.h"

#include <utility>

#include "absl/time/clock.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/edge/cors.h"

namespace overlock::edge {
namespace {

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
  Attempt first = co_await Try(request, match, call);
  if (!first.start_over) co_return std::move(first.answer);
  // The newest revision may say something else about everything that was checked before the body.
  Admission admission = Admit(*request);
  if (admission.refusal) co_return Refuse(*admission.refusal, call);
  Attempt second = co_await Try(std::move(request), std::move(admission.match), std::move(call));
  co_return std::move(second.answer);
}

Task<Pipeline::Attempt> Pipeline::Try(SharedRequest request, RouteMatch match, CallContext call) const {
  const Route& route = *match.route;
  // Auth may run the owner's script and authz functions: after them, starting over could run those twice.
  bool may_start_over = true;
  auto end = [this, &call, &may_start_over](const Step& step) {
    return Attempt{Refuse(*step.refusal, call), step.revision_gone && may_start_over};
  };
  if (route.needs_validation) {
    Step step = co_await Validate(request, match, call);
    if (step.refusal) co_return end(step);
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
  done.answer = std::move(step.answer);
  co_return done;
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
  for (int attempt = 0;; ++attempt) {
    auto message =
        MakeRequest<validation::v1::ValidateRequest>(*request, match, options_.public_url, /*with_secret=*/true);
    absl::StatusOr<validation::v1::ValidateResponse> response =
        co_await services_.validator->Validate(std::move(message), request->body(), call);
    if (!response.ok()) {
      // Validating changes nothing, so a connection that broke is worth another try.
      if (attempt == 0 && response.status().code() == absl::StatusCode::kUnavailable) continue;
      co_return NoAnswer(Service::kValidation, response.status(), call);
    }
    Step step;
    if (!response->valid()) {
      log::Info("validation refused a request",
                {{"reason", validation::v1::ValidateResponse::Refusal_Name(response->refusal())},
                 {"request_id", call.request_id}});
      step.refusal = ValidationRefused();
    }
    co_return step;
  }
}

Task<Pipeline::Step> Pipeline::Authenticate(SharedRequest request, RouteMatch match, CallContext call) const {
  for (int attempt = 0;; ++attempt) {
    auto message =
        MakeRequest<auth::v1::AuthenticateRequest>(*request, match, options_.public_url, /*with_secret=*/false);
    absl::StatusOr<auth::v1::AuthenticateResponse> response =
        co_await services_.authenticator->Authenticate(std::move(message), request->body(), call);
    if (!response.ok()) {
      if (attempt == 0 && IsRevisionUnknown(response.status())) continue;
      co_return NoAnswer(Service::kAuth, response.status(), call);
    }
    Step step;
    if (response->has_user()) {
      step.user = std::move(*response->mutable_user());
    } else if (response->has_refusal()) {
      step.refusal = UserRefused(response->refusal());
    } else {
      step.refusal = EmptyAnswer(Service::kAuth);
    }
    co_return step;
  }
}

Task<Pipeline::Step> Pipeline::Authorize(SharedRequest request, RouteMatch match, CallContext call,
                                         type::v1::User user) const {
  for (int attempt = 0;; ++attempt) {
    auto message =
        MakeRequest<authz::v1::AuthorizeRequest>(*request, match, options_.public_url, /*with_secret=*/false);
    *message.mutable_user() = user;
    absl::StatusOr<authz::v1::AuthorizeResponse> response =
        co_await services_.authorizer->Authorize(std::move(message), call);
    if (!response.ok()) {
      // The expression may call functions; the edge does not know, so only what surely did nothing is tried again.
      if (attempt == 0 && IsRevisionUnknown(response.status())) continue;
      co_return NoAnswer(Service::kAuthz, response.status(), call);
    }
    Step step;
    if (!response->allowed()) step.refusal = NotAuthorized(match.route->function_name());
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
      if (attempt == 0 && IsRevisionUnknown(response.status())) continue;
      co_return NoAnswer(Service::kExecutor, response.status(), call);
    }
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
