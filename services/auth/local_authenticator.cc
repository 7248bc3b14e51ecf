#include "services/auth/local_authenticator.h"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/auth/script_result.h"

namespace overlock::auth {
namespace {

using Response = v1::AuthenticateResponse;

type::v1::User SystemUser() {
  type::v1::User user;
  user.set_type(type::v1::User::TYPE_SYSTEM);
  return user;
}

Response Found(type::v1::User user) {
  Response response;
  *response.mutable_user() = std::move(user);
  return response;
}

Response Refused(Reason reason, std::string message) {
  Response response;
  response.mutable_refusal()->set_reason(reason);
  response.mutable_refusal()->set_message(std::move(message));
  return response;
}

// The texts of spec section 4.2, where it has one.
constexpr std::string_view kNobodysMessage = "invalid session: error finding user for endpoint";
std::string MessageOf(Reason reason) {
  switch (reason) {
    case Response::REASON_CREDENTIALS_MISSING:
      return "no authentication methods were specified";
    case Response::REASON_CREDENTIALS_INCOMPLETE:
      return "must specify some form of authentication (either email+password, api-key, or jwt) in the request header "
             "or body";
    case Response::REASON_CREDENTIALS_INVALID:
      return std::string(kNobodysMessage);
    case Response::REASON_USER_NOT_FOUND:
      return "user not found";
    case Response::REASON_USER_DISABLED:
      return "user disabled";
    case Response::REASON_PROVIDER_DISABLED:
      return "the application does not take credentials of this kind: the authentication provider is not enabled";
    case Response::REASON_TOO_MANY_ATTEMPTS:
      return "too many attempts to log in; try again later";
    default:
      return "must specify exactly one form of authentication, in the request header or in the body, not in both";
  }
}

absl::Status NotFound(const v1::AuthenticateRequest& request) {
  constexpr std::string_view kWhy = " does not ask for a user in this revision";
  if (request.has_endpoint()) {
    return Error(absl::StatusCode::kNotFound, "ENDPOINT_NOT_FOUND",
                 absl::StrCat("endpoint: ", request.endpoint().method(), " ", request.endpoint().route(), kWhy));
  }
  return Error(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND",
               absl::StrCat("webhook: ", request.webhook().service(), "/", request.webhook().webhook(), kWhy));
}

// Webhooks know no access tokens; those of endpoints are nobody's here, since nobody logs in.
std::variant<Credentials, Reason> CredentialsOf(const v1::AuthenticateRequest& request, const Body& body) {
  std::variant<Credentials, Reason> read = ReadCredentials(request.request(), body.view());
  if (!request.has_endpoint() || !HasAccessToken(request.request())) return read;
  if (std::holds_alternative<Credentials>(read)) return Response::REASON_CREDENTIALS_AMBIGUOUS;
  if (std::get<Reason>(read) == Response::REASON_CREDENTIALS_AMBIGUOUS) return read;
  return Response::REASON_CREDENTIALS_INVALID;
}

}  // namespace

LocalAuthenticator::LocalAuthenticator(executor::FunctionExecutor& executor, UserStore& users, Metrics& metrics,
                                       const Clock& clock)
    : executor_(executor), users_(users), counters_(metrics), apps_(clock) {}

void LocalAuthenticator::Apply(const config::v1::WatchResponse& batch) {
  std::vector<VersionedApps<App>::Change> changes;
  changes.reserve(batch.apps_size());
  for (const config::v1::AppView& view : batch.apps()) {
    changes.push_back({view.app().app_id(), view.app().revision(), Compile(view.auth(), view.app().app_id())});
  }
  std::vector<std::string> removed(batch.removed_app_ids().begin(), batch.removed_app_ids().end());
  apps_.Apply(batch.revision(), batch.snapshot(), std::move(changes), removed);
}

template <class Message>
std::optional<LocalAuthenticator::Target> LocalAuthenticator::TargetOf(const Message& message) {
  Target target;
  switch (message.mode_case()) {
    case Message::kAuthedUser:
      target.mode = Target::Mode::kAuthedUser;
      target.create_user = message.authed_user().create_user_on_auth();
      target.fetch_custom_data = message.authed_user().fetch_custom_user_data();
      break;
    case Message::kUserId:
      target.mode = Target::Mode::kUserId;
      target.user_id = message.user_id();
      break;
    case Message::kScript:
      target.mode = Target::Mode::kScript;
      break;
    default:
      return std::nullopt;
  }
  return target;
}

std::shared_ptr<const LocalAuthenticator::App> LocalAuthenticator::Compile(const config::v1::AuthView& view,
                                                                           std::string_view app_id) {
  auto app = std::make_shared<App>();
  app->providers = MakeProviders(view, app_id);
  app->has_custom_data = view.custom_user_data().enabled();
  // What has a mode of a newer config is not found here, and nothing runs.
  for (const auto& webhook : view.webhooks()) {
    std::optional<Target> target = TargetOf(webhook);
    if (!target) continue;
    target->webhook = webhook.name();
    app->webhooks[webhook.name().service()][webhook.name().webhook()] = *std::move(target);
  }
  for (const auto& endpoint : view.endpoints()) {
    std::optional<Target> target = TargetOf(endpoint);
    if (!target) continue;
    target->endpoint = endpoint.name();
    app->endpoints[endpoint.name().route()][endpoint.name().method()] = *std::move(target);
  }
  return app;
}

const LocalAuthenticator::Target* LocalAuthenticator::FindTarget(const App& app,
                                                                 const v1::AuthenticateRequest& request) {
  bool is_endpoint = request.has_endpoint();
  const Targets& targets = is_endpoint ? app.endpoints : app.webhooks;
  auto outer = targets.find(is_endpoint ? request.endpoint().route() : request.webhook().service());
  if (outer == targets.end()) return nullptr;
  auto inner = outer->second.find(is_endpoint ? request.endpoint().method() : request.webhook().webhook());
  return inner == outer->second.end() ? nullptr : &inner->second;
}

std::string_view LocalAuthenticator::ModeName(Target::Mode mode) {
  switch (mode) {
    case Target::Mode::kAuthedUser:
      return "authed_user";
    case Target::Mode::kUserId:
      return "user_id";
    default:
      return "script";
  }
}

void LocalAuthenticator::LogRefusal(const type::v1::AppRevision& app, const Target& target, Reason reason,
                                    const CallContext& call) {
  if (!log::Enabled(log::Level::kInfo)) return;
  log::Info("found no user for a request", {{"request_id", call.request_id},
                                            {"trace_id", call.trace.TraceIdHex()},
                                            {"app", app.app_id()},
                                            {"service_name", target.webhook.service()},
                                            {"webhook", target.webhook.webhook()},
                                            {"endpoint", target.endpoint.route()},
                                            {"mode", ModeName(target.mode)},
                                            {"cause", VerdictName(reason)}});
}

Task<absl::StatusOr<Response>> LocalAuthenticator::Authenticate(v1::AuthenticateRequest request, Body body,
                                                                CallContext call) {
  const type::v1::AppRevision revision = request.app();
  OVERLOCK_CO_ASSIGN_OR_RETURN(std::shared_ptr<const App> app,
                               co_await apps_.Get(revision.app_id(), revision.revision(), call));
  const Target* target = FindTarget(*app, request);
  if (target == nullptr) co_return NotFound(request);
  // `app` keeps `target` alive across the waits.
  absl::StatusOr<Response> response;
  switch (target->mode) {
    case Target::Mode::kScript:
      response = co_await RunScript(std::move(request), std::move(body), call);
      break;
    case Target::Mode::kUserId:
      response = co_await LookUp(revision.app_id(), target->user_id, call);
      break;
    default:
      response = co_await LogIn(*app, *target, std::move(request), std::move(body), call);
  }
  if (!response.ok()) co_return response;
  Reason reason = response->has_refusal() ? response->refusal().reason() : Response::REASON_UNSPECIFIED;
  counters_.Count(ModeName(target->mode), reason);
  if (response->has_refusal()) LogRefusal(revision, *target, reason, call);
  co_return response;
}

Task<absl::StatusOr<Response>> LocalAuthenticator::RunScript(v1::AuthenticateRequest request, Body body,
                                                             CallContext call) {
  executor::v1::ExecuteRequest execution;
  *execution.mutable_app() = request.app();
  if (request.has_endpoint()) {
    *execution.mutable_endpoint_run_as_script() = std::move(*request.mutable_endpoint());
  } else {
    *execution.mutable_run_as_script() = std::move(*request.mutable_webhook());
  }
  *execution.mutable_request() = std::move(*request.mutable_request());
  *execution.mutable_user() = SystemUser();
  OVERLOCK_CO_ASSIGN_OR_RETURN(executor::v1::ExecuteResponse answer,
                               co_await executor_.Execute(std::move(execution), std::move(body), call));
  OVERLOCK_CO_ASSIGN_OR_RETURN(ScriptResult result, ReadScriptResult(answer));
  if (std::holds_alternative<WantsSystemUser>(result)) co_return Found(SystemUser());
  if (auto* refusal = std::get_if<Response::Refusal>(&result)) {
    co_return Refused(refusal->reason(), std::move(*refusal->mutable_message()));
  }
  std::string user_id = std::get<WantsUser>(std::move(result)).user_id;
  co_return co_await LookUp(request.app().app_id(), std::move(user_id), std::move(call));
}

Task<absl::StatusOr<Response>> LocalAuthenticator::LookUp(std::string app_id, std::string user_id, CallContext call) {
  OVERLOCK_CO_ASSIGN_OR_RETURN(FoundUser found,
                               co_await users_.FindById(std::move(app_id), std::move(user_id), std::move(call)));
  if (auto* reason = std::get_if<Reason>(&found)) co_return Refused(*reason, MessageOf(*reason));
  co_return Found(std::get<type::v1::User>(std::move(found)));
}

Task<absl::StatusOr<Response>> LocalAuthenticator::LogIn(const App& app, const Target& target,
                                                         v1::AuthenticateRequest request, Body body, CallContext call) {
  std::variant<Credentials, Reason> read = CredentialsOf(request, body);
  if (auto* reason = std::get_if<Reason>(&read)) co_return Refused(*reason, MessageOf(*reason));
  LoginAttempt attempt;
  attempt.app_id = request.app().app_id();
  attempt.credentials = std::get<Credentials>(std::move(read));
  attempt.providers = app.providers;
  attempt.remote_address = request.request().remote_ip_address();
  attempt.create_user = target.create_user;
  OVERLOCK_CO_ASSIGN_OR_RETURN(FoundUser found, co_await users_.FindByCredentials(std::move(attempt), call));
  if (auto* reason = std::get_if<Reason>(&found)) co_return Refused(*reason, MessageOf(*reason));
  type::v1::User user = std::get<type::v1::User>(std::move(found));
  if (target.fetch_custom_data && app.has_custom_data) {
    OVERLOCK_CO_ASSIGN_OR_RETURN(std::string custom_data,
                                 co_await ReadCustomData(request.app(), user.id(), std::move(call)));
    user.set_custom_data_json(std::move(custom_data));
  }
  co_return Found(std::move(user));
}

Task<absl::StatusOr<std::string>> LocalAuthenticator::ReadCustomData(type::v1::AppRevision app, std::string user_id,
                                                                     CallContext call) {
  executor::v1::ReadCustomUserDataRequest request;
  *request.mutable_app() = std::move(app);
  request.set_user_id(std::move(user_id));
  OVERLOCK_CO_ASSIGN_OR_RETURN(executor::v1::ReadCustomUserDataResponse response,
                               co_await executor_.ReadCustomUserData(std::move(request), std::move(call)));
  co_return std::move(*response.mutable_custom_data_json());
}

}  // namespace overlock::auth
