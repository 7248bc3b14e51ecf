#include "services/validation/local_validator.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/validation/schemes/endpoint_signature.h"
#include "services/validation/schemes/fixed.h"
#include "services/validation/schemes/github.h"
#include "services/validation/schemes/hook_signature.h"
#include "services/validation/schemes/query_secret.h"

namespace overlock::validation {
namespace {

std::unique_ptr<const Scheme> MakeHttpScheme(const config::v1::ValidationView::Webhook& webhook) {
  switch (webhook.method()) {
    case config::v1::VALIDATION_METHOD_NO_VALIDATION:
      return std::make_unique<NoValidation>();
    case config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD:
      return std::make_unique<HookSignature>(webhook.secret());
    case config::v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM:
      return std::make_unique<QuerySecret>(webhook.secret());
    default:
      // A newer config may know methods that we do not.
      return std::make_unique<UnknownMethod>();
  }
}

std::unique_ptr<const Scheme> MakeScheme(const config::v1::ValidationView::Webhook& webhook) {
  switch (webhook.service_type()) {
    case type::v1::SERVICE_TYPE_HTTP:
      return MakeHttpScheme(webhook);
    case type::v1::SERVICE_TYPE_GITHUB:
      return std::make_unique<Github>(webhook.secret());
    default:
      return std::make_unique<UnknownMethod>();
  }
}

std::unique_ptr<const Scheme> MakeScheme(const config::v1::ValidationView::Endpoint& endpoint) {
  switch (endpoint.method()) {
    case config::v1::VALIDATION_METHOD_NO_VALIDATION:
      return std::make_unique<NoValidation>();
    case config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD:
      return std::make_unique<EndpointSignature>(endpoint.secret());
    case config::v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM:
      return std::make_unique<QuerySecret>(endpoint.secret());
    default:
      return std::make_unique<UnknownMethod>();
  }
}

absl::Status NotFound(const v1::ValidateRequest& request) {
  constexpr std::string_view kWhy = " does not ask for validation in this revision";
  if (request.has_endpoint()) {
    return Error(absl::StatusCode::kNotFound, "ENDPOINT_NOT_FOUND",
                 absl::StrCat("endpoint: ", request.endpoint().method(), " ", request.endpoint().route(), kWhy));
  }
  return Error(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND",
               absl::StrCat("webhook: ", request.webhook().service(), "/", request.webhook().webhook(), kWhy));
}

void LogRefusal(const v1::ValidateRequest& request, const Scheme& scheme, Refusal refusal, const CallContext& call) {
  if (!log::Enabled(log::Level::kInfo)) return;
  log::Info("refused a request", {{"request_id", call.request_id},
                                  {"trace_id", call.trace.TraceIdHex()},
                                  {"app", request.app().app_id()},
                                  {"service_name", request.webhook().service()},
                                  {"webhook", request.webhook().webhook()},
                                  {"endpoint", request.endpoint().route()},
                                  {"scheme", scheme.name()},
                                  {"cause", VerdictName(refusal)}});
}

}  // namespace

LocalValidator::LocalValidator(Metrics& metrics, const Clock& clock) : counters_(metrics), apps_(clock) {}

void LocalValidator::Apply(const config::v1::WatchResponse& batch) {
  std::vector<VersionedApps<App>::Change> changes;
  changes.reserve(batch.apps_size());
  for (const config::v1::AppView& view : batch.apps()) {
    changes.push_back({view.app().app_id(), view.app().revision(), Compile(view.validation())});
  }
  std::vector<std::string> removed(batch.removed_app_ids().begin(), batch.removed_app_ids().end());
  apps_.Apply(batch.revision(), batch.snapshot(), std::move(changes), removed);
}

std::shared_ptr<const LocalValidator::App> LocalValidator::Compile(const config::v1::ValidationView& view) {
  auto app = std::make_shared<App>();
  for (const config::v1::ValidationView::Webhook& webhook : view.webhooks()) {
    app->webhooks[webhook.name().service()][webhook.name().webhook()] = MakeScheme(webhook);
  }
  for (const config::v1::ValidationView::Endpoint& endpoint : view.endpoints()) {
    app->endpoints[endpoint.name().route()][endpoint.name().method()] = MakeScheme(endpoint);
  }
  return app;
}

const Scheme* LocalValidator::FindScheme(const App& app, const v1::ValidateRequest& request) {
  bool is_endpoint = request.has_endpoint();
  const Schemes& schemes = is_endpoint ? app.endpoints : app.webhooks;
  auto outer = schemes.find(is_endpoint ? request.endpoint().route() : request.webhook().service());
  if (outer == schemes.end()) return nullptr;
  auto inner = outer->second.find(is_endpoint ? request.endpoint().method() : request.webhook().webhook());
  return inner == outer->second.end() ? nullptr : inner->second.get();
}

Task<absl::StatusOr<v1::ValidateResponse>> LocalValidator::Validate(v1::ValidateRequest request, Body body,
                                                                    CallContext call) {
  std::string app_id = request.app().app_id();
  OVERLOCK_CO_ASSIGN_OR_RETURN(std::shared_ptr<const App> app,
                               co_await apps_.Get(std::move(app_id), request.app().revision(), call));
  const Scheme* scheme = FindScheme(*app, request);
  if (scheme == nullptr) co_return NotFound(request);
  Refusal refusal = scheme->Check(request.request(), body.view());
  counters_.Count(scheme->name(), refusal);
  v1::ValidateResponse response;
  response.set_valid(refusal == v1::ValidateResponse::REFUSAL_UNSPECIFIED);
  response.set_refusal(refusal);
  if (!response.valid()) LogRefusal(request, *scheme, refusal, call);
  co_return response;
}

}  // namespace overlock::validation
