#include "services/validation/local_validator.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
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

void LogRefusal(const v1::ValidateRequest& request, const Scheme& scheme, Refusal refusal, const CallContext& call) {
  if (!log::Enabled(log::Level::kInfo)) return;
  log::Info("refused a request", {{"request_id", call.request_id},
                                  {"trace_id", call.trace.TraceIdHex()},
                                  {"app", request.app().app_id()},
                                  {"service_name", request.webhook().service()},
                                  {"webhook", request.webhook().webhook()},
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
    (*app)[webhook.name().service()][webhook.name().webhook()] = MakeScheme(webhook);
  }
  return app;
}

Task<absl::StatusOr<v1::ValidateResponse>> LocalValidator::Validate(v1::ValidateRequest request, Body body,
                                                                    CallContext call) {
  std::string app_id = request.app().app_id();
  OVERLOCK_CO_ASSIGN_OR_RETURN(std::shared_ptr<const App> app,
                               co_await apps_.Get(std::move(app_id), request.app().revision(), call));
  const type::v1::WebhookName& name = request.webhook();
  const Scheme* scheme = nullptr;
  if (auto service = app->find(name.service()); service != app->end()) {
    if (auto webhook = service->second.find(name.webhook()); webhook != service->second.end()) {
      scheme = webhook->second.get();
    }
  }
  if (scheme == nullptr) {
    co_return Error(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND",
                    absl::StrCat("webhook: ", name.service(), "/", name.webhook(),
                                 " does not ask for validation in this revision"));
  }
  Refusal refusal = scheme->Check(request.request(), body.view());
  counters_.Count(scheme->name(), refusal);
  v1::ValidateResponse response;
  response.set_valid(refusal == v1::ValidateResponse::REFUSAL_UNSPECIFIED);
  response.set_refusal(refusal);
  if (!response.valid()) LogRefusal(request, *scheme, refusal, call);
  co_return response;
}

}  // namespace overlock::validation
