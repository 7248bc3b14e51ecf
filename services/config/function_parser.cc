#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/config/entity_parsers.h"
#include "services/config/json_text.h"
#include "services/config/layout/file_reader.h"

namespace overlock::config {
namespace {

// Only endpoints run a function as somebody else than its caller, and only F3 has endpoints.
void ReadRunAsOfEndpoints(const ParseContext& context, const ObjectReader& reader, const RunAsFields& fields,
                          v1::Function& function) {
  if (function.run_as_system()) return;
  if (fields.authed_user) function.mutable_run_as()->mutable_authed_user();
  if (!fields.user_id.empty()) function.mutable_run_as()->set_user_id(fields.user_id);
  if (!fields.script_source.empty()) function.mutable_run_as()->set_script_source(fields.script_source);
  if (context.tree.layout == v1::LAYOUT_REALM_2 || (fields.user_id.empty() && fields.script_source.empty())) return;
  reader.AddWarning(fields.user_id.empty() ? "run_as_user_id_script_source" : "run_as_user_id",
                    "is used for HTTPS endpoints only: called by webhooks and functions it runs as its caller");
}

void ParseFunction(const ParseContext& context, const AppEntity& entity, NameRegister& names,
                   v1::Application& application) {
  ObjectReader reader = ReaderOf(context, entity);
  v1::Function function;
  function.set_id(entity.id);
  function.set_source(entity.source);
  // Folders of functions/ became parts of their names in F3.
  function.set_name(context.tree.layout == v1::LAYOUT_REALM_2 ? ReadPathName(reader) : ReadName(reader));
  CheckFolderName(reader, entity);
  names.Add(reader, function.name());
  function.set_private_(reader.Bool("private").value_or(false));
  function.set_can_evaluate_json(ReadCanEvaluate(context, reader));
  function.set_disable_arg_logs(reader.Bool("disable_arg_logs").value_or(false));
  function.set_run_as_system(reader.Bool("run_as_system").value_or(false));
  RunAsFields run_as = ReadRunAs(reader);
  ReadRunAsOfEndpoints(context, reader, run_as, function);
  reader.Finish();
  *application.add_functions() = std::move(function);
}

void ParseValue(const ParseContext& context, const AppEntity& entity, NameRegister& names,
                v1::Application& application) {
  ObjectReader reader = ReaderOf(context, entity);
  v1::Value value;
  value.set_id(entity.id);
  value.set_name(ReadName(reader));
  CheckFolderName(reader, entity);
  names.Add(reader, value.name());
  value.set_from_secret(reader.Bool("from_secret").value_or(false));
  const JsonValue* content = reader.Any("value");
  if (content == nullptr) {
    reader.AddError("value", "is required: any JSON");
  } else if (value.from_secret() && (content->kind != JsonValue::Kind::kString || content->text.empty())) {
    reader.AddError("value", "must be the name of a secret, a string, beside from_secret: true");
  } else {
    value.set_value_json(ToText(*content));
  }
  // What old exports have in the place of `from_secret`.
  value.set_private_(reader.Bool("private").value_or(false));
  reader.Finish();
  *application.add_values() = std::move(value);
}

// A list of secrets becomes one field for each: `signingKeys.0`.
void ReadSecretConfig(ObjectReader& reader, v1::AuthProvider& provider) {
  const JsonValue* object = reader.Object("secret_config");
  if (object == nullptr) return;
  auto& fields = *provider.mutable_secret_config();
  for (const JsonMember& member : object->members) {
    const std::string path = absl::StrCat("secret_config.", member.key);
    if (member.value.kind == JsonValue::Kind::kString) {
      if (!member.value.text.empty()) fields[member.key] = member.value.text;
    } else if (member.value.kind == JsonValue::Kind::kArray) {
      for (size_t i = 0; i < member.value.items.size(); ++i) {
        const JsonValue& item = member.value.items[i];
        if (item.kind == JsonValue::Kind::kString) {
          fields[absl::StrCat(member.key, ".", i)] = item.text;
        } else {
          reader.AddError(path, "must hold names of secrets, which are strings");
        }
      }
    } else if (member.value.kind != JsonValue::Kind::kNull) {
      reader.AddError(path, "must be the name of a secret, or an array of such names");
    }
  }
}

void CheckSigningAlgorithm(const ObjectReader& reader, const JsonValue& config) {
  const JsonValue* algorithm = config.Find("signingAlgorithm");
  if (algorithm == nullptr || algorithm->kind == JsonValue::Kind::kNull) return;
  if (algorithm->kind == JsonValue::Kind::kString) {
    for (const char* known :
         {"", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"}) {
      if (algorithm->text == known) return;
    }
  }
  reader.AddError("config.signingAlgorithm",
                  "must be HS256, HS384, HS512, RS256, RS384, RS512, ES256, ES384, ES512 or EdDSA");
}

void ParseAuthProvider(const ParseContext& context, const AppEntity& entity, NameRegister& names,
                       v1::Application& application) {
  ObjectReader reader = ReaderOf(context, entity);
  v1::AuthProvider provider;
  provider.set_id(entity.id);
  provider.set_name(ReadName(reader));
  CheckFolderName(reader, entity);
  names.Add(reader, provider.name());
  if (reader.RequiredString("type")) {
    provider.set_type(reader
                          .Enum("type", {"anon-user", "local-userpass", "api-key", "custom-token", "custom-function",
                                         "oauth2-google", "oauth2-facebook", "oauth2-apple"})
                          .value_or(""));
  }
  provider.set_disabled(reader.Bool("disabled").value_or(false));
  const JsonValue* config = reader.Object("config");
  provider.set_config_json(config == nullptr ? "{}" : ToText(*config));
  ReadSecretConfig(reader, provider);
  if (provider.type() == "custom-token" && config != nullptr) CheckSigningAlgorithm(reader, *config);
  if (const JsonValue* fields = reader.Any("metadata_fields"); fields != nullptr) {
    if (fields->kind == JsonValue::Kind::kArray) {
      provider.set_metadata_fields_json(ToText(*fields));
    } else if (fields->kind != JsonValue::Kind::kNull) {
      reader.AddError("metadata_fields", "must be an array");
    }
  }
  reader.Ignore({"redirect_uris", "domain_restrictions"});
  reader.Finish();
  *application.add_auth_providers() = std::move(provider);
}

// Which secret a field of an entity is. A field that no `secret_config` names gets a name that no secret of a user
// can have: `services.<service>.<field>`.
std::string SecretName(const v1::Application& application, std::string_view section, const std::string& entity,
                       const std::string& field) {
  std::string found;
  auto look = [&](const auto& entities) {
    for (const auto& candidate : entities) {
      auto it = candidate.secret_config().find(field);
      if (candidate.name() == entity && it != candidate.secret_config().end()) found = it->second;
    }
  };
  section == "services" ? look(application.services()) : look(application.auth_providers());
  if (!found.empty()) return found;
  return absl::StrCat(section, ".", entity, ".", field);
}

bool HasEntity(const v1::Application& application, std::string_view section, const std::string& name) {
  auto has = [&](const auto& entities) {
    for (const auto& entity : entities) {
      if (entity.name() == name) return true;
    }
    return false;
  };
  return section == "services" ? has(application.services()) : has(application.auth_providers());
}

void ParseSecretSection(ImportProblems& problems, ObjectReader& reader, std::string_view section,
                        v1::Application& application) {
  const JsonValue* object = reader.Object(section);
  if (object == nullptr) return;
  ObjectReader entities(reader.file(), section, *object, problems);
  for (const JsonMember& member : object->members) {
    if (!HasEntity(application, section, member.key))
      entities.AddWarning(member.key, "names nothing in this application");
    for (const auto& [field, value] : entities.StringMap(member.key)) {
      (*application.mutable_secrets())[SecretName(application, section, member.key, field)] = value;
    }
  }
}

using ParseEntity = void (*)(const ParseContext&, const AppEntity&, NameRegister&, v1::Application&);

void ParseAll(const ParseContext& context, v1::EntityKind kind, ParseEntity parse, v1::Application& application) {
  NameRegister names;
  for (const AppEntity& entity : context.tree.entities) {
    if (entity.kind == kind) parse(context, entity, names, application);
  }
}

}  // namespace

void ParseFunctions(const ParseContext& context, v1::Application& application) {
  ParseAll(context, v1::ENTITY_KIND_FUNCTION, &ParseFunction, application);
}

void ParseValues(const ParseContext& context, v1::Application& application) {
  ParseAll(context, v1::ENTITY_KIND_VALUE, &ParseValue, application);
}

void ParseAuthProviders(const ParseContext& context, v1::Application& application) {
  ParseAll(context, v1::ENTITY_KIND_AUTH_PROVIDER, &ParseAuthProvider, application);
}

void ParseSecretsFile(const AppFiles& files, ImportProblems& problems, v1::Application& application) {
  if (!files.Has("secrets.json")) return;
  std::optional<JsonValue> document = ReadObjectFile(files, problems, "secrets.json");
  if (!document) return;
  ObjectReader reader("secrets.json", "", *document, problems);
  ParseSecretSection(problems, reader, "services", application);
  ParseSecretSection(problems, reader, "auth_providers", application);
  reader.Finish();
}

// A value whose secret nobody knows is undefined at run time, and nothing else would say why.
void CheckSecretsOfValues(const ParseContext& context, const v1::Application& application) {
  for (const v1::Value& value : application.values()) {
    if (!value.from_secret() || value.value_json().empty()) continue;
    absl::StatusOr<JsonDocument> secret = ParseJson(value.value_json());
    if (!secret.ok() || application.secrets().contains(secret->root.text)) continue;
    context.problems.AddWarning(
        absl::StrCat("values/", value.name(), ".json"), "value",
        absl::StrCat("'", value.name(), "' is undefined until the secret '", secret->root.text, "' is set"));
  }
}

}  // namespace overlock::config
