#include "services/validation/schemes/make_scheme.h"

#include "services/validation/schemes/fixed.h"
#include "services/validation/schemes/paypal.h"
#include "services/validation/schemes/presets.h"
#include "services/validation/schemes/query_secret.h"
#include "services/validation/schemes/secrets.h"
#include "services/validation/schemes/signature_scheme.h"
#include "services/validation/schemes/twilio.h"

namespace overlock::validation {
namespace {

using config::v1::ValidationMethod;
using config::v1::ValidationSettings;

// `stitch` is what VERIFY_PAYLOAD means.
std::unique_ptr<const Scheme> Make(ValidationMethod method, absl::Span<const Preset> stitch, const Secrets& secrets,
                                   const ValidationSettings& settings) {
  switch (method) {
    case config::v1::VALIDATION_METHOD_NO_VALIDATION:
      return std::make_unique<NoValidation>(settings.delivery_id_header());
    case config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD:
      return std::make_unique<SignatureScheme>(stitch, secrets, settings);
    case config::v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM:
      return std::make_unique<QuerySecret>(secrets, settings.delivery_id_header());
    case config::v1::VALIDATION_METHOD_TWILIO:
      return std::make_unique<Twilio>(secrets, settings.delivery_id_header());
    case config::v1::VALIDATION_METHOD_PAYPAL:
      return std::make_unique<Paypal>(secrets, settings);
    case config::v1::VALIDATION_METHOD_GENERIC_HMAC:
      return std::make_unique<SignatureScheme>(secrets, settings);
    default:
      break;
  }
  absl::Span<const Preset> presets = PresetsFor(method);
  // A newer config may know methods that we do not.
  if (presets.empty()) return std::make_unique<UnknownMethod>();
  return std::make_unique<SignatureScheme>(presets, secrets, settings);
}

// What a newer config calls a service is unknown here, and refused.
ValidationMethod MethodOf(const config::v1::ValidationView::Webhook& webhook) {
  switch (webhook.service_type()) {
    case type::v1::SERVICE_TYPE_HTTP:
    case type::v1::SERVICE_TYPE_GITHUB:
    case type::v1::SERVICE_TYPE_TWILIO:
      return webhook.method();
    default:
      return config::v1::VALIDATION_METHOD_UNSPECIFIED;
  }
}

}  // namespace

std::unique_ptr<const Scheme> MakeScheme(const config::v1::ValidationView::Webhook& webhook) {
  Secrets secrets = SecretsOf(webhook.secret(), webhook.settings());
  return Make(MethodOf(webhook), HookSignaturePresets(), secrets, webhook.settings());
}

std::unique_ptr<const Scheme> MakeScheme(const config::v1::ValidationView::Endpoint& endpoint) {
  Secrets secrets = SecretsOf(endpoint.secret(), endpoint.settings());
  return Make(endpoint.method(), EndpointSignaturePresets(), secrets, endpoint.settings());
}

std::vector<std::string_view> SchemeNames() {
  std::vector<std::string_view> names = {"none",
                                         "unknown",
                                         "query_secret",
                                         HookSignaturePresets().front().name,
                                         EndpointSignaturePresets().front().name,
                                         "generic_hmac"};
  for (int i = 0; i < config::v1::ValidationMethod_ARRAYSIZE; ++i) {
    absl::Span<const Preset> presets = PresetsFor(static_cast<ValidationMethod>(i));
    if (!presets.empty()) names.push_back(presets.front().name);
  }
  return names;
}

}  // namespace overlock::validation
