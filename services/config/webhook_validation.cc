#include "services/config/webhook_validation.h"

#include "absl/strings/str_cat.h"

namespace overlock::config {
namespace {

constexpr char kAuthToken[] = "auth_token";

std::string SecretNamed(const v1::Application& application, const std::string& name) {
  auto secret = application.secrets().find(name);
  return secret == application.secrets().end() ? "" : secret->second;
}

std::string AuthTokenOf(const v1::Application& application, const v1::Service& service) {
  auto name = service.secret_config().find(kAuthToken);
  if (name != service.secret_config().end()) return SecretNamed(application, name->second);
  // What secrets.json sets of a field that no `secret_config` names (ParseSecretsFile).
  return SecretNamed(application, absl::StrCat("services.", service.name(), ".", kAuthToken));
}

}  // namespace

std::string ValidationSecretOf(const v1::Application& application, const v1::Service& service,
                               const v1::Webhook& webhook) {
  return service.type() == "twilio" ? AuthTokenOf(application, service) : webhook.secret();
}

bool HasValidationSecret(const v1::Application& application, const v1::Service& service, const v1::Webhook& webhook) {
  // A name is enough: until its secret is set, nobody has it.
  return !webhook.validation().secrets().empty() || !ValidationSecretOf(application, service, webhook).empty();
}

v1::ValidationMethod ValidationMethodInForce(const v1::Application& application, const v1::Service& service,
                                             const v1::Webhook& webhook) {
  if (service.type() != "github" && service.type() != "twilio") return webhook.validation_method();
  if (!HasValidationSecret(application, service, webhook)) return v1::VALIDATION_METHOD_NO_VALIDATION;
  return service.type() == "github" ? v1::VALIDATION_METHOD_GITHUB : v1::VALIDATION_METHOD_TWILIO;
}

bool NeedsValidation(v1::ValidationMethod method, const v1::ValidationSettings& settings) {
  return method != v1::VALIDATION_METHOD_NO_VALIDATION || !settings.allowed_addresses().empty() ||
         settings.has_deduplicate_for();
}

v1::ValidationSettings WithSecrets(const v1::Application& application, const v1::ValidationSettings& settings) {
  v1::ValidationSettings result = settings;
  for (v1::ValidationSettings::Secret& secret : *result.mutable_secrets()) {
    secret.set_value(SecretNamed(application, secret.name()));
  }
  return result;
}

}  // namespace overlock::config
