#include "services/config/webhook_secret.h"

#include "services/config/json_text.h"

namespace overlock::config {
namespace {

JsonValue* OptionsOf(AppEntity& entity) {
  if (entity.kind != v1::ENTITY_KIND_WEBHOOK) return nullptr;
  for (JsonMember& member : entity.config.members) {
    if (member.key == "options" && member.value.kind == JsonValue::Kind::kObject) return &member.value;
  }
  return nullptr;
}

}  // namespace

const std::string* WebhookSecretOf(const AppEntity& entity) {
  const JsonValue* options = OptionsOf(const_cast<AppEntity&>(entity));
  const JsonValue* secret = options == nullptr ? nullptr : options->Find("secret");
  return secret != nullptr && secret->kind == JsonValue::Kind::kString ? &secret->text : nullptr;
}

void SetWebhookSecret(AppEntity& entity, std::string_view secret) {
  if (entity.kind != v1::ENTITY_KIND_WEBHOOK) return;
  if (OptionsOf(entity) == nullptr) SetMember(entity.config, "options", MakeObject());
  SetMember(*OptionsOf(entity), "secret", MakeString(secret));
}

void RemoveWebhookSecret(AppEntity& entity) {
  if (JsonValue* options = OptionsOf(entity)) RemoveMember(*options, "secret");
}

}  // namespace overlock::config
