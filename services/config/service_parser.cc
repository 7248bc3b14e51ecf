#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "services/config/entity_parsers.h"
#include "services/config/json_text.h"

namespace overlock::config {
namespace {

void ParseService(const ParseContext& context, const AppEntity& entity, NameRegister& names, v1::Service& service) {
  ObjectReader reader = ReaderOf(context, entity);
  service.set_id(entity.id);
  service.set_name(ReadName(reader));
  CheckFolderName(reader, entity);
  names.Add(reader, service.name());
  if (reader.RequiredString("type")) {
    service.set_type(reader
                         .Enum("type", {"http", "github", "twilio", "aws", "aws-s3", "aws-ses", "gcm", "mongodb",
                                        "mongodb-atlas", "datalake"})
                         .value_or(""));
  }
  const JsonValue* config = reader.Object("config");
  service.set_config_json(config == nullptr ? "{}" : ToText(*config));
  for (auto& [field, secret] : reader.StringMap("secret_config")) {
    (*service.mutable_secret_config())[field] = secret;
  }
  reader.Integer("version", 0, 1000);
  reader.Finish();
}

void ParseRule(const ParseContext& context, const AppEntity& entity, NameRegister& names, v1::Service& service) {
  ObjectReader reader = ReaderOf(context, entity);
  v1::ServiceRule rule;
  rule.set_id(entity.id);
  rule.set_name(ReadName(reader));
  names.Add(reader, rule.name());
  for (std::string& action : reader.Strings("actions").value_or(std::vector<std::string>())) {
    rule.add_actions(std::move(action));
  }
  rule.set_when_json(ReadRuleCondition(context, reader));
  reader.Finish();
  *service.add_rules() = std::move(rule);
}

void ParseWebhookOf(const ParseContext& context, const AppEntity& entity, NameRegister& names, v1::Service& service) {
  if (!service.type().empty() && !CanHaveWebhooks(service.type())) {
    context.problems.AddError(entity.origin.file, entity.origin.path,
                              absl::StrCat("services of type '", service.type(),
                                           "' have no incoming webhooks; only http, github and twilio have"));
    return;
  }
  v1::Webhook webhook = ParseWebhook(context, entity, service);
  names.Add(ReaderOf(context, entity), webhook.name());
  *service.add_webhooks() = std::move(webhook);
}

}  // namespace

void ParseServices(const ParseContext& context, v1::Application& application) {
  NameRegister names;
  // By the names that webhooks and rules have for their services. What has none is parsed for its problems.
  absl::flat_hash_map<std::string, int> indexes;
  for (const AppEntity& entity : context.tree.entities) {
    if (entity.kind != v1::ENTITY_KIND_SERVICE) continue;
    indexes.emplace(entity.name, application.services_size());
    ParseService(context, entity, names, *application.add_services());
  }
  absl::flat_hash_map<std::string, NameRegister> names_of_webhooks;
  absl::flat_hash_map<std::string, NameRegister> names_of_rules;
  for (const AppEntity& entity : context.tree.entities) {
    if (entity.kind != v1::ENTITY_KIND_WEBHOOK && entity.kind != v1::ENTITY_KIND_RULE) continue;
    v1::Service nobody;
    auto index = indexes.find(entity.parent);
    v1::Service& service = index == indexes.end() ? nobody : *application.mutable_services(index->second);
    if (entity.kind == v1::ENTITY_KIND_WEBHOOK) {
      ParseWebhookOf(context, entity, names_of_webhooks[entity.parent], service);
    } else {
      ParseRule(context, entity, names_of_rules[entity.parent], service);
    }
  }
  for (v1::Service& service : *application.mutable_services()) {
    if (IsDataSource(service.type())) ParseDataRules(context, service);
  }
}

}  // namespace overlock::config
