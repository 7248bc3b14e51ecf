#include "absl/strings/str_cat.h"
#include "services/config/entity_parsers.h"

namespace overlock::config {
namespace {

bool CanHaveWebhooks(std::string_view type) { return type == "http" || type == "github" || type == "twilio"; }

bool IsMongoDb(std::string_view type) { return type == "mongodb" || type == "mongodb-atlas" || type == "datalake"; }

void ParseRule(const ParseContext& context, const std::string& path, NameRegister& names, v1::Service& service) {
  std::optional<JsonDocument> document = ReadObjectFile(context, path);
  if (!document) return;
  ObjectReader reader(path, "", document->root, context.problems);
  v1::ServiceRule rule;
  rule.set_name(ReadName(reader));
  names.Add(reader, rule.name());
  rule.set_id(ReadId(reader, absl::StrCat("rule\n", service.name(), "\n", rule.name())));
  for (std::string& action : reader.Strings("actions").value_or(std::vector<std::string>())) {
    rule.add_actions(std::move(action));
  }
  rule.set_when_json(ReadRuleCondition(context, reader));
  reader.Finish();
  *service.add_rules() = std::move(rule);
}

void ParseRules(const ParseContext& context, const std::string& directory, v1::Service& service) {
  std::vector<std::string> files = context.files.JsonFiles(directory + "rules/");
  if (IsMongoDb(service.type())) {
    if (!files.empty()) {
      context.problems.AddWarning(directory + "rules", "", "rules of MongoDB services are not used in this version");
    }
    return;
  }
  NameRegister names;
  for (const std::string& path : files) ParseRule(context, path, names, service);
}

void ParseWebhooks(const ParseContext& context, const std::string& directory, v1::Service& service) {
  std::string webhooks = directory + "incoming_webhooks/";
  std::vector<std::string> folders = context.files.Directories(webhooks);
  if (!folders.empty() && !service.type().empty() && !CanHaveWebhooks(service.type())) {
    context.problems.AddError(directory + "incoming_webhooks", "",
                              absl::StrCat("services of type '", service.type(),
                                           "' have no incoming webhooks; only http, github and twilio have"));
    return;
  }
  NameRegister names;
  for (const std::string& folder : folders) {
    std::string webhook_directory = absl::StrCat(webhooks, folder, "/");
    std::optional<v1::Webhook> webhook = ParseWebhook(context, webhook_directory, service);
    if (!webhook) continue;
    JsonValue nothing;
    names.Add(ObjectReader(webhook_directory + "config.json", "", nothing, context.problems), webhook->name());
    *service.add_webhooks() = *std::move(webhook);
  }
}

void ParseService(const ParseContext& context, const std::string& folder, NameRegister& names,
                  v1::Application& application) {
  std::string directory = absl::StrCat("services/", folder, "/");
  std::optional<JsonDocument> document = ReadObjectFile(context, directory + "config.json");
  v1::Service service;
  if (document) {
    ObjectReader reader(directory + "config.json", "", document->root, context.problems);
    service.set_name(ReadName(reader));
    CheckFolderName(reader, folder, service.name());
    names.Add(reader, service.name());
    service.set_id(ReadId(reader, absl::StrCat("service\n", service.name())));
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
  // Even without a good config.json: whoever repairs it wants to know the rest too.
  ParseWebhooks(context, directory, service);
  ParseRules(context, directory, service);
  *application.add_services() = std::move(service);
}

}  // namespace

void ParseServices(const ParseContext& context, v1::Application& application) {
  NameRegister names;
  for (const std::string& folder : context.files.Directories("services/")) {
    ParseService(context, folder, names, application);
  }
}

}  // namespace overlock::config
