#include "services/overlock/cli/entity_kind.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/config/json_text.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/settings.h"

namespace overlock::cli {
namespace {

using config::JsonValue;
namespace v1 = config::v1;

constexpr size_t kValueBytesShown = 60;

EntityKindInfo::Column TextColumn(const std::string& title, const std::string& path) {
  return {title, [path](const JsonValue& config) { return StringAt(config, path); }};
}

EntityKindInfo::Column FlagColumn(const std::string& title, const std::string& path) {
  return {title, [path](const JsonValue& config) { return TrueAt(config, path) ? "yes" : ""; }};
}

std::string ActionsOf(const JsonValue& config) {
  std::string actions;
  const JsonValue* list = config.Find("actions");
  if (list == nullptr) return actions;
  for (const JsonValue& action : list->items) absl::StrAppend(&actions, actions.empty() ? "" : ", ", action.text);
  return actions;
}

std::string ValueOfValue(const JsonValue& config) {
  const JsonValue* value = config.Find("value");
  if (value == nullptr) return "";
  std::string text = config::ToText(*value);
  if (TrueAt(config, "from_secret")) return absl::StrCat("the secret ", text);
  if (text.size() <= kValueBytesShown) return text;
  // Not within a code point.
  size_t end = kValueBytesShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "...");
}

std::string ValidationOf(const JsonValue& config) {
  std::string method = StringAt(config, "options.validationMethod");
  return method.empty() ? "by its service" : method;
}

std::string MethodOf(const JsonValue& config) {
  std::string method = StringAt(config, "options.httpMethod");
  return method.empty() ? "POST" : method;
}

EntityKindInfo Services() {
  return {
      v1::ENTITY_KIND_SERVICE,
      "services",
      "service",
      "Third-party services: http, github, twilio, aws, ...",
      "SERVICE",
      false,
      false,
      {TextColumn("TYPE", "type")},
      {{"--type", "type", "http, github, twilio, aws, aws-s3, aws-ses, gcm, mongodb, mongodb-atlas, datalake.", true}},
      "overlock services create hooks --type http"};
}

EntityKindInfo Webhooks() {
  return {v1::ENTITY_KIND_WEBHOOK,
          "webhooks",
          "webhook",
          "Incoming webhooks of services.",
          "SERVICE/WEBHOOK",
          true,
          true,
          {{"METHOD", &MethodOf},
           {"VALIDATION", &ValidationOf},
           {"RUNS AS", &AuthenticationOf},
           FlagColumn("RESPONDS", "respond_result")},
          {},
          ""};
}

EntityKindInfo Rules() {
  return {v1::ENTITY_KIND_RULE,
          "rules",
          "rule",
          "Rules of services: which actions functions may call.",
          "SERVICE/RULE",
          true,
          false,
          {{"ACTIONS", &ActionsOf}},
          {{"--actions", "actions", "The actions as JSON: '[\"get\", \"post\"]'."},
           {"--when", "when", "The expression as JSON."}},
          "overlock rules create hooks/read --actions '[\"get\"]' --when '{\"%%args.url.host\": \"example.com\"}'"};
}

EntityKindInfo Functions() {
  return {v1::ENTITY_KIND_FUNCTION,
          "functions",
          "function",
          "Functions.",
          "FUNCTION",
          false,
          true,
          {FlagColumn("PRIVATE", "private"), {"RUNS AS", &AuthenticationOf}},
          {{"--private", "private", "true: clients cannot call it."}},
          "overlock functions create sum --source sum.js --private true"};
}

EntityKindInfo Values() {
  return {v1::ENTITY_KIND_VALUE,
          "values",
          "value",
          "Values that functions and expressions read.",
          "VALUE",
          false,
          false,
          {{"VALUE", &ValueOfValue}},
          {{"--value", "value", "JSON or text."},
           {"--from_secret", "from_secret", "true: the value is the name of a secret."}},
          "overlock values create limit --value 5"};
}

EntityKindInfo Providers() {
  return {v1::ENTITY_KIND_AUTH_PROVIDER,
          "providers",
          "provider",
          "Authentication providers.",
          "PROVIDER",
          false,
          false,
          {TextColumn("TYPE", "type"), FlagColumn("DISABLED", "disabled")},
          {{"--type", "type", "anon-user, local-userpass, api-key, custom-token, ...", true}},
          "overlock providers create api-key --type api-key"};
}

EntityKindInfo Endpoints() {
  return {v1::ENTITY_KIND_ENDPOINT,
          "endpoints",
          "endpoint",
          "HTTPS endpoints (applications of layout F3).",
          "'METHOD /ROUTE'",
          false,
          false,
          {TextColumn("FUNCTION", "function_name"), TextColumn("VALIDATION", "validation_method"),
           FlagColumn("RESPONDS", "respond_result"), FlagColumn("DISABLED", "disabled")},
          {{"--function_name", "function_name", "The function that it calls.", true}},
          "overlock endpoints create 'GET /orders' --function_name orders --set respond_result=true"};
}

}  // namespace

const std::vector<EntityKindInfo>& EntityKinds() {
  static const auto* const kinds =
      new std::vector<EntityKindInfo>{Services(), Webhooks(), Rules(), Functions(), Values(), Providers(), Endpoints()};
  return *kinds;
}

const EntityKindInfo& InfoOf(v1::EntityKind kind) {
  for (const EntityKindInfo& info : EntityKinds()) {
    if (info.kind == kind) return info;
  }
  return EntityKinds().front();
}

absl::StatusOr<v1::EntityName> ParseEntityName(const EntityKindInfo& info, const std::string& name) {
  v1::EntityName parsed;
  parsed.set_kind(info.kind);
  parsed.set_name(name);
  if (!info.has_parent) return parsed;
  const size_t slash = name.find('/');
  if (slash == name.npos || slash == 0 || slash + 1 == name.size()) {
    return UsageError(absl::StrCat("NAME: '", name, "', allowed: ", info.name_form));
  }
  parsed.set_parent(name.substr(0, slash));
  parsed.set_name(name.substr(slash + 1));
  return parsed;
}

std::string FullName(const v1::Entity& entity) {
  return absl::StrCat(entity.parent(), entity.parent().empty() ? "" : "/", entity.name());
}

std::string AuthenticationOf(const JsonValue& config) {
  if (TrueAt(config, "run_as_authed_user")) return "application";
  if (!StringAt(config, "run_as_user_id").empty()) return "user-id";
  return StringAt(config, "run_as_user_id_script_source").empty() ? "system" : "script";
}

}  // namespace overlock::cli
