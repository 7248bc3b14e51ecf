#include "services/validation/local_validator.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/http/network_list.h"
#include "common/status/status.h"
#include "services/validation/refusal_log.h"
#include "services/validation/schemes/make_scheme.h"

namespace overlock::validation {
namespace {

// A scheme behind a list of the addresses that may call. A list that does not parse allows nobody.
class AllowedAddresses : public Scheme {
 public:
  AllowedAddresses(std::unique_ptr<const Scheme> scheme, const config::v1::ValidationSettings& settings)
      : scheme_(std::move(scheme)) {
    for (const std::string& network : settings.allowed_addresses()) {
      if (!networks_.Add(network).ok()) misconfigured_ = true;
    }
  }

  std::string_view name() const override { return scheme_->name(); }

  Outcome Check(const Input& input) const override {
    if (misconfigured_) return {.refusal = v1::ValidateResponse::REFUSAL_MISCONFIGURED};
    if (!networks_.Contains(input.request.remote_ip_address())) {
      return {.refusal = v1::ValidateResponse::REFUSAL_ADDRESS_NOT_ALLOWED};
    }
    return scheme_->Check(input);
  }

 private:
  std::unique_ptr<const Scheme> scheme_;
  http::NetworkList networks_;
  bool misconfigured_ = false;
};

// A counter for each secret of a webhook or endpoint that has several, so that one can be dropped when nobody uses it.
// `hook` is `<service>/<webhook>` or `<method> <route>`. The secret that Stitch knew has no name of its own.
std::vector<Counter*> MatchCounters(Metrics& metrics, const std::string& app_id, const std::string& hook,
                                    const std::string& secret, const config::v1::ValidationSettings& settings) {
  std::vector<Counter*> counters;
  if (settings.secrets().empty()) return counters;
  auto add = [&](const std::string& name) {
    counters.push_back(&metrics.GetCounter("overlock_validation_secret_matches_total",
                                           "Requests by the secret that they were signed with.",
                                           {{"app", app_id}, {"hook", hook}, {"secret", name}}));
  };
  if (!secret.empty()) add("");
  for (const config::v1::ValidationSettings::Secret& more : settings.secrets()) add(more.name());
  return counters;
}

// `named` is a webhook or an endpoint of the view.
template <typename Named>
LocalValidator::Checked MakeChecked(const Named& named, std::vector<Counter*> matches) {
  const config::v1::ValidationSettings& settings = named.settings();
  std::unique_ptr<const Scheme> scheme = MakeScheme(named);
  if (!settings.allowed_addresses().empty()) {
    scheme = std::make_unique<AllowedAddresses>(std::move(scheme), settings);
  }
  return {.scheme = std::move(scheme),
          .public_url = settings.public_url(),
          .observe_only = settings.observe_only(),
          .deduplicate_for = absl::Seconds(settings.deduplicate_for().seconds()) +
                             absl::Nanoseconds(settings.deduplicate_for().nanos()),
          .matches = std::move(matches)};
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

}  // namespace

LocalValidator::LocalValidator(DeliveryStore& deliveries, Metrics& metrics, const Clock& clock)
    : clock_(clock), metrics_(metrics), counters_(metrics), deliveries_(deliveries, metrics), apps_(clock) {}

void LocalValidator::Apply(const config::v1::WatchResponse& batch) {
  std::vector<VersionedApps<App>::Change> changes;
  changes.reserve(batch.apps_size());
  for (const config::v1::AppView& view : batch.apps()) {
    changes.push_back({view.app().app_id(), view.app().revision(), Compile(view.app().app_id(), view.validation())});
  }
  std::vector<std::string> removed(batch.removed_app_ids().begin(), batch.removed_app_ids().end());
  apps_.Apply(batch.revision(), batch.snapshot(), std::move(changes), removed);
}

std::shared_ptr<const LocalValidator::App> LocalValidator::Compile(const std::string& app_id,
                                                                   const config::v1::ValidationView& view) {
  auto app = std::make_shared<App>();
  for (const config::v1::ValidationView::Webhook& webhook : view.webhooks()) {
    const type::v1::WebhookName& name = webhook.name();
    std::string hook = absl::StrCat(name.service(), "/", name.webhook());
    app->webhooks[name.service()][name.webhook()] =
        MakeChecked(webhook, MatchCounters(metrics_, app_id, hook, webhook.secret(), webhook.settings()));
  }
  for (const config::v1::ValidationView::Endpoint& endpoint : view.endpoints()) {
    const type::v1::EndpointName& name = endpoint.name();
    std::string hook = absl::StrCat(name.method(), " ", name.route());
    app->endpoints[name.route()][name.method()] =
        MakeChecked(endpoint, MatchCounters(metrics_, app_id, hook, endpoint.secret(), endpoint.settings()));
  }
  return app;
}

const LocalValidator::Checked* LocalValidator::FindScheme(const App& app, const v1::ValidateRequest& request) {
  bool is_endpoint = request.has_endpoint();
  const Schemes& schemes = is_endpoint ? app.endpoints : app.webhooks;
  auto outer = schemes.find(is_endpoint ? request.endpoint().route() : request.webhook().service());
  if (outer == schemes.end()) return nullptr;
  auto inner = outer->second.find(is_endpoint ? request.endpoint().method() : request.webhook().webhook());
  return inner == outer->second.end() ? nullptr : &inner->second;
}

Task<absl::StatusOr<v1::ValidateResponse>> LocalValidator::Validate(v1::ValidateRequest request, Body body,
                                                                    CallContext call) {
  std::string app_id = request.app().app_id();
  OVERLOCK_CO_ASSIGN_OR_RETURN(std::shared_ptr<const App> app,
                               co_await apps_.Get(std::move(app_id), request.app().revision(), call));
  const Checked* checked = FindScheme(*app, request);
  if (checked == nullptr) co_return NotFound(request);
  const Scheme* scheme = checked->scheme.get();
  Outcome outcome = scheme->Check(
      {.request = request.request(), .body = body.view(), .now = clock_.Now(), .public_url = checked->public_url});
  const Refusal refusal = outcome.refusal;
  const bool refused = refusal != v1::ValidateResponse::REFUSAL_UNSPECIFIED;
  counters_.Count(scheme->name(), refusal, refused && checked->observe_only);
  v1::ValidateResponse response;
  response.set_valid(!refused || checked->observe_only);
  response.set_refusal(refusal);
  if (refused) {
    LogRefusal(request, scheme->name(), outcome, checked->observe_only, call);
    co_return response;
  }
  const size_t secret = static_cast<size_t>(outcome.secret);
  if (outcome.secret >= 0 && secret < checked->matches.size()) checked->matches[secret]->Increment();
  if (outcome.handshake.has_value()) {
    *response.mutable_handshake() = *std::move(outcome.handshake);
    co_return response;
  }
  if (checked->deduplicate_for > absl::ZeroDuration()) {
    std::string key = DeliveryClaims::KeyOf(request, outcome.delivery_id);
    OVERLOCK_CO_ASSIGN_OR_RETURN(DeliveryClaims::Claim claim,
                                 co_await deliveries_.Take(std::move(key), checked->deduplicate_for, std::move(call)));
    response.set_duplicate(claim.duplicate);
    response.set_delivery(std::move(claim.delivery));
  }
  co_return response;
}

Task<absl::StatusOr<v1::CompleteDeliveryResponse>> LocalValidator::CompleteDelivery(v1::CompleteDeliveryRequest request,
                                                                                    CallContext) {
  OVERLOCK_CO_RETURN_IF_ERROR(co_await deliveries_.Complete(std::move(request)));
  co_return v1::CompleteDeliveryResponse();
}

}  // namespace overlock::validation
