#include "services/config/validation_check.h"

#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/config/layout/app_layout.h"
#include "services/config/validation_methods.h"
#include "services/config/webhook_validation.h"

namespace overlock::config {
namespace {

// A webhook or an endpoint.
struct Checked {
  // Of `options`, or the whole endpoint.
  const ObjectReader& reader;
  v1::ValidationMethod method;
  const v1::ValidationSettings& settings;
  // Where `secret` comes from: `secret`, `secret_name`.
  std::string_view secret_field;
  std::string secret;
};

struct Fault {
  std::string field;
  std::string message;
};

// The checker's names are those of messages, `timestamp_header`; files have `timestampHeader`.
std::string InCamelCase(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_' && i + 1 < text.size() && absl::ascii_islower(static_cast<unsigned char>(text[i + 1]))) {
      result.push_back(absl::ascii_toupper(static_cast<unsigned char>(text[++i])));
    } else {
      result.push_back(text[i]);
    }
  }
  return result;
}

std::optional<Fault> Ask(const ValidationChecker& check, const Checked& checked, const std::string& secret) {
  if (!check) return std::nullopt;
  std::optional<std::string> text = check(checked.method, checked.settings, secret);
  if (!text) return std::nullopt;
  std::string fault = InCamelCase(*text);
  const size_t end = fault.find(": ");
  if (end == std::string::npos) return Fault{"", std::move(fault)};
  return Fault{fault.substr(0, end), fault.substr(end + 2)};
}

void CheckSecrets(const ParseContext& context, const v1::Application& application, const Checked& checked) {
  for (int i = 0; i < checked.settings.secrets_size(); ++i) {
    const std::string& name = checked.settings.secrets(i).name();
    if (name.empty()) continue;
    const std::string field = absl::StrCat("overlock.secrets[", i, "].name");
    auto secret = application.secrets().find(name);
    if (secret == application.secrets().end()) {
      checked.reader.AddWarning(field, absl::StrCat("no request matches it until the secret '", name, "' is set"));
      continue;
    }
    std::optional<Fault> fault = Ask(context.checkers.validation, checked, secret->second);
    if (fault && fault->field == "secret") {
      checked.reader.AddWarning(field, absl::StrCat("no request matches it: the secret '", name, "' ", fault->message));
    }
  }
}

// Whether the sender gives a delivery a name: docs/validation.md, "Deliveries that come twice".
bool HasDeliveryId(v1::ValidationMethod method, const v1::ValidationSettings& settings) {
  if (!settings.delivery_id_header().empty()) return true;
  switch (method) {
    case v1::VALIDATION_METHOD_GENERIC_HMAC:
      return !settings.signature().id_header().empty();
    case v1::VALIDATION_METHOD_SENDGRID:
    case v1::VALIDATION_METHOD_DISCORD:
    case v1::VALIDATION_METHOD_ZOOM:
      return false;
    default:
      return !IsStitchMethod(method);
  }
}

void Check(const ParseContext& context, const v1::Application& application, const Checked& checked) {
  // Reported where it was read.
  if (checked.method == v1::VALIDATION_METHOD_UNSPECIFIED) return;
  std::optional<Fault> fault = Ask(context.checkers.validation, checked, checked.secret);
  if (fault && fault->field != "secret") {
    checked.reader.AddError(absl::StrCat("overlock.", fault->field), fault->message);
  } else if (fault && checked.secret_field == "secret") {
    checked.reader.AddError(checked.secret_field, fault->message);
  } else if (fault) {
    checked.reader.AddWarning(checked.secret_field, absl::StrCat("no request matches it: the secret ", fault->message));
  }
  CheckSecrets(context, application, checked);
  if (checked.settings.has_deduplicate_for() && !HasDeliveryId(checked.method, checked.settings)) {
    checked.reader.AddError("overlock.deduplicateForSeconds",
                            absl::StrCat("needs deliveryIdHeader beside it: with ",
                                         ValidationMethodName(checked.method), " a delivery has no id of its own"));
  }
}

void CheckWebhook(const ParseContext& context, const v1::Application& application, const v1::Service& service,
                  const v1::Webhook& webhook) {
  const AppEntity* entity = context.tree.Find(v1::ENTITY_KIND_WEBHOOK, service.name(), webhook.name());
  // An error in its names is reported already.
  if (entity == nullptr) return;
  ObjectReader webhook_reader(entity->origin.file, entity->origin.path, entity->config, context.problems);
  ObjectReader reader(entity->origin.file, webhook_reader.PathOf("options"), entity->config, context.problems);
  const v1::ValidationMethod method = ValidationMethodInForce(application, service, webhook);
  if (method == v1::VALIDATION_METHOD_NO_VALIDATION && service.type() == "github") {
    reader.AddWarning("secret", "is missing: requests are accepted without a signature");
  }
  if (method == v1::VALIDATION_METHOD_NO_VALIDATION && service.type() == "twilio") {
    webhook_reader.AddWarning("", absl::StrCat("requests are accepted without a signature: the auth_token of service '",
                                               service.name(), "' is not set"));
  }
  Check(context, application,
        {reader, method, webhook.validation(), "secret", ValidationSecretOf(application, service, webhook)});
}

void CheckEndpoint(const ParseContext& context, const v1::Application& application, const v1::Endpoint& endpoint,
                   const AppEntity& entity) {
  ObjectReader reader(entity.origin.file, entity.origin.path, entity.config, context.problems);
  auto secret = application.secrets().find(endpoint.secret_name());
  Check(context, application,
        {reader, endpoint.validation_method(), endpoint.validation(), "secret_name",
         secret == application.secrets().end() ? "" : secret->second});
}

}  // namespace

void CheckValidation(const ParseContext& context, const v1::Application& application) {
  for (const v1::Service& service : application.services()) {
    for (const v1::Webhook& webhook : service.webhooks()) CheckWebhook(context, application, service, webhook);
  }
  // ParseEndpoints() adds one for each.
  int next = 0;
  for (const AppEntity& entity : context.tree.entities) {
    if (entity.kind != v1::ENTITY_KIND_ENDPOINT) continue;
    if (next < application.endpoints_size()) CheckEndpoint(context, application, application.endpoints(next), entity);
    ++next;
  }
}

}  // namespace overlock::config
