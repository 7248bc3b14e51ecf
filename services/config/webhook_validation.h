// What is in force of how a webhook or an endpoint is validated, whichever service it belongs to (spec section 5).
#ifndef OVERLOCK_SERVICES_CONFIG_WEBHOOK_VALIDATION_H_
#define OVERLOCK_SERVICES_CONFIG_WEBHOOK_VALIDATION_H_

#include <string>

#include "overlock/config/v1/application.pb.h"

namespace overlock::config {

// What every sender of a webhook has: an HTTP service's webhook its `options.secret`, of a Twilio service the
// `auth_token`. Empty where there is none, or it is not set.
std::string ValidationSecretOf(const v1::Application& application, const v1::Service& service,
                               const v1::Webhook& webhook);

// Whether it has that, or settings that name a secret.
bool HasValidationSecret(const v1::Application& application, const v1::Service& service, const v1::Webhook& webhook);

// Of HTTP services as the webhook says. GitHub and Twilio services mean their own method, and NO_VALIDATION where there
// is no secret: Stitch's had none in that case.
v1::ValidationMethod ValidationMethodInForce(const v1::Application& application, const v1::Service& service,
                                             const v1::Webhook& webhook);

// Whether validation has anything to do.
bool NeedsValidation(v1::ValidationMethod method, const v1::ValidationSettings& settings);

// The settings with the values of their secrets; one that is not set has none.
v1::ValidationSettings WithSecrets(const v1::Application& application, const v1::ValidationSettings& settings);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_WEBHOOK_VALIDATION_H_
