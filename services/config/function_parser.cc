#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/config/entity_parsers.h"

namespace overlock::config {
namespace {

std::string FileStem(std::string_view path) {
  return std::string(absl::StripSuffix(path.substr(path.rfind('/') + 1), ".json"));
}

void ParseFunction(const ParseContext& context, const std::string& folder, NameRegister& names,
                   v1::Application& application) {
  std::string directory = absl::StrCat("functions/", folder, "/");
  v1::Function function;
  function.set_source(ReadSource(context, directory + "source.js"));
  std::optional<JsonDocument> document = ReadObjectFile(context, directory + "config.json");
  if (!document) {
    const std::string* content = context.files.Find(directory + "config.json");
    if (content == nullptr || !content->empty()) return;
    document.emplace().root.kind = JsonValue::Kind::kObject;
  }
  ObjectReader reader(directory + "config.json", "", document->root, context.problems);
  function.set_name(ReadName(reader));
  CheckFolderName(reader, folder, function.name());
  names.Add(reader, function.name());
  function.set_id(ReadId(reader, absl::StrCat("function\n", function.name())));
  function.set_private_(reader.Bool("private").value_or(false));
  function.set_can_evaluate_json(ReadCanEvaluate(context, reader));
  function.set_disable_arg_logs(reader.Bool("disable_arg_logs").value_or(false));
  function.set_run_as_system(reader.Bool("run_as_system").value_or(false));
  RunAsFields run_as = ReadRunAs(reader);
  if (!function.run_as_system() && (!run_as.user_id.empty() || !run_as.script_source.empty())) {
    reader.AddWarning(run_as.user_id.empty() ? "run_as_user_id_script_source" : "run_as_user_id",
                      "is not used in this version: the function runs as its caller");
  }
  reader.Finish();
  *application.add_functions() = std::move(function);
}

void ParseValue(const ParseContext& context, const std::string& path, NameRegister& names,
                v1::Application& application) {
  std::optional<JsonDocument> document = ReadObjectFile(context, path);
  if (!document) return;
  ObjectReader reader(path, "", document->root, context.problems);
  v1::Value value;
  value.set_name(ReadName(reader));
  CheckFolderName(reader, FileStem(path), value.name());
  names.Add(reader, value.name());
  value.set_id(ReadId(reader, absl::StrCat("value\n", value.name())));
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
  reader.Bool("private");
  reader.Finish();
  *application.add_values() = std::move(value);
}

void ParseAuthProvider(const ParseContext& context, const std::string& path, NameRegister& names,
                       v1::Application& application) {
  std::optional<JsonDocument> document = ReadObjectFile(context, path);
  if (!document) return;
  ObjectReader reader(path, "", document->root, context.problems);
  v1::AuthProvider provider;
  provider.set_name(ReadName(reader));
  CheckFolderName(reader, FileStem(path), provider.name());
  names.Add(reader, provider.name());
  provider.set_id(ReadId(reader, absl::StrCat("auth_provider\n", provider.name())));
  if (reader.RequiredString("type")) {
    provider.set_type(reader
                          .Enum("type", {"anon-user", "local-userpass", "api-key", "custom-token", "custom-function",
                                         "oauth2-google", "oauth2-facebook", "oauth2-apple"})
                          .value_or(""));
  }
  provider.set_disabled(reader.Bool("disabled").value_or(false));
  const JsonValue* config = reader.Object("config");
  provider.set_config_json(config == nullptr ? "{}" : ToText(*config));
  reader.Object("secret_config");
  reader.Ignore({"metadata_fields", "redirect_uris", "domain_restrictions"});
  reader.Finish();
  *application.add_auth_providers() = std::move(provider);
}

// Which secret a field of an entity is. A field that no `secret_config` names gets a name that no secret of a user
// can have: `services.<service>.<field>`.
std::string SecretName(const v1::Application& application, std::string_view section, const std::string& entity,
                       const std::string& field) {
  if (section == "services") {
    for (const v1::Service& service : application.services()) {
      auto it = service.secret_config().find(field);
      if (service.name() == entity && it != service.secret_config().end()) return it->second;
    }
  }
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

void ParseSecretSection(const ParseContext& context, ObjectReader& reader, std::string_view section,
                        v1::Application& application) {
  const JsonValue* object = reader.Object(section);
  if (object == nullptr) return;
  ObjectReader entities(reader.file(), section, *object, context.problems);
  for (const JsonMember& member : object->members) {
    if (!HasEntity(application, section, member.key))
      entities.AddWarning(member.key, "names nothing in this application");
    for (const auto& [field, value] : entities.StringMap(member.key)) {
      (*application.mutable_secrets())[SecretName(application, section, member.key, field)] = value;
    }
  }
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

}  // namespace

void ParseFunctions(const ParseContext& context, v1::Application& application) {
  NameRegister names;
  for (const std::string& folder : context.files.Directories("functions/")) {
    if (!absl::StartsWith(folder, "node_modules")) ParseFunction(context, folder, names, application);
  }
}

void ParseValues(const ParseContext& context, v1::Application& application) {
  NameRegister names;
  for (const std::string& path : context.files.JsonFiles("values/")) ParseValue(context, path, names, application);
}

void ParseAuthProviders(const ParseContext& context, v1::Application& application) {
  NameRegister names;
  for (const std::string& path : context.files.JsonFiles("auth_providers/")) {
    ParseAuthProvider(context, path, names, application);
  }
}

void ParseSecrets(const ParseContext& context, v1::Application& application) {
  if (context.files.Has("secrets.json")) {
    if (std::optional<JsonDocument> document = ReadObjectFile(context, "secrets.json")) {
      ObjectReader reader("secrets.json", "", document->root, context.problems);
      ParseSecretSection(context, reader, "services", application);
      ParseSecretSection(context, reader, "auth_providers", application);
      reader.Finish();
    }
  }
  CheckSecretsOfValues(context, application);
}

}  // namespace overlock::config
