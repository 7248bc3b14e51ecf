// `options.secret` of a webhook: in exports as Stitch had it, and nowhere else.
#ifndef OVERLOCK_SERVICES_CONFIG_WEBHOOK_SECRET_H_
#define OVERLOCK_SERVICES_CONFIG_WEBHOOK_SECRET_H_

#include <string>
#include <string_view>

#include "services/config/layout/app_tree.h"

namespace overlock::config {

// Null if the entity is no webhook or has none.
const std::string* WebhookSecretOf(const AppEntity& entity);
void SetWebhookSecret(AppEntity& entity, std::string_view secret);
void RemoveWebhookSecret(AppEntity& entity);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_WEBHOOK_SECRET_H_
