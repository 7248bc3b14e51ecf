#include "services/config/entity_parsers.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/config/json_text.h"
#include "services/config/layout/file_reader.h"
#include "services/config/layout/import_strategy.h"

namespace overlock::config {
ObjectReader ReaderOf(const ParseContext& context, const AppEntity& entity) {
  ObjectReader reader(entity.origin.file, entity.origin.path, entity.config, context.problems);
  reader.Ignore({"id", "_id"});
  return reader;
}

namespace {

constexpr size_t kPathNameBytesMax = 256;

std::string ReadNameOf(ObjectReader& reader, bool is_path) {
  std::string name = reader.RequiredString("name").value_or("");
  bool has_space = false;
  for (char c : name) {
    if (absl::ascii_isalnum(c) || c == '_' || c == '-' || (is_path && c == '/')) continue;
    if (c == ' ') {
      has_space = true;
      continue;
    }
    reader.AddError("name", is_path ? "can only contain ASCII letters, numbers, underscores, hyphens and slashes"
                                    : "can only contain ASCII letters, numbers, underscores, and hyphens");
    return "";
  }
  if (is_path && (name.starts_with('/') || name.ends_with('/') || name.find("//") != std::string::npos)) {
    reader.AddError("name", "must have something on both sides of every slash");
    return "";
  }
  const size_t bytes_max = is_path ? kPathNameBytesMax : kNameBytesMax;
  if (name.size() > bytes_max) {
    reader.AddError("name", absl::StrCat("has ", name.size(), " characters; at most ", bytes_max));
    return "";
  }
  if (has_space) reader.AddWarning("name", "has spaces, as only old exports have; in a URL each is written %20");
  return name;
}

}  // namespace

std::string ReadName(ObjectReader& reader) { return ReadNameOf(reader, false); }

std::string ReadPathName(ObjectReader& reader) { return ReadNameOf(reader, true); }

void CheckFolderName(const ObjectReader& reader, const AppEntity& entity) {
  const std::string& folder = entity.origin.folder;
  if (folder.empty() || folder == entity.name) return;
  reader.AddWarning("name", absl::StrCat("is '", entity.name, "' though the folder or file is '", folder, "'; '",
                                         entity.name, "' counts"));
}

std::string ReadExpression(ObjectReader& reader, std::string_view field) {
  const JsonValue* value = reader.Any(field);
  if (value == nullptr || value->kind == JsonValue::Kind::kNull) return "";
  JsonDocument inner;
  if (value->kind == JsonValue::Kind::kString) {
    if (absl::StripAsciiWhitespace(value->text).empty()) return "";
    absl::StatusOr<JsonDocument> parsed = ParseJson(value->text);
    if (!parsed.ok()) {
      reader.AddError(field, absl::StrCat("is a string, which must hold an expression: ", parsed.status().message()));
      return "";
    }
    for (const auto& doubled : parsed->doubled_keys) {
      reader.AddError(absl::StrCat(field, ".", doubled.path), "stands here twice");
    }
    inner = *std::move(parsed);
    value = &inner.root;
  }
  if (value->kind == JsonValue::Kind::kBool) return value->boolean ? "" : "false";
  if (value->kind != JsonValue::Kind::kObject) {
    reader.AddError(field,
                    absl::StrCat("must be an object (an expression), true or false, not ", Describe(value->kind)));
    return "";
  }
  return value->members.empty() ? "" : ToText(*value);
}

namespace {

struct ExpressionFault {
  std::string field;
  std::string_view message;
};

// `expression.%or[1]: fault` becomes field `can_evaluate.%or[1]`, message `fault`.
ExpressionFault FaultIn(std::string_view field, std::string_view message) {
  constexpr std::string_view kRoot = "expression";
  size_t end = message.find(": ");
  if (!message.starts_with(kRoot) || end == std::string_view::npos) return {std::string(field), message};
  return {absl::StrCat(field, message.substr(kRoot.size(), end - kRoot.size())), message.substr(end + 2)};
}

}  // namespace

std::string ReadCanEvaluate(const ParseContext& context, ObjectReader& reader) {
  std::string expression = ReadExpression(reader, "can_evaluate");
  if (!expression.empty() && context.checkers.expression) {
    absl::Status status = context.checkers.expression(expression, ExpressionUse::kCanEvaluate);
    if (!status.ok()) {
      ExpressionFault fault = FaultIn("can_evaluate", status.message());
      reader.AddError(fault.field, fault.message);
    }
  }
  return expression;
}

std::string ReadRuleCondition(const ParseContext& context, ObjectReader& reader) {
  std::string expression = ReadExpression(reader, "when");
  if (!expression.empty() && context.checkers.expression) {
    absl::Status status = context.checkers.expression(expression, ExpressionUse::kServiceRule);
    if (!status.ok()) {
      ExpressionFault fault = FaultIn("when", status.message());
      reader.AddWarning(fault.field, absl::StrCat(fault.message, "; the rule allows nothing"));
    }
  }
  return expression;
}

void NameRegister::Add(const ObjectReader& reader, const std::string& name) {
  if (name.empty()) return;
  auto [it, added] = files_.emplace(name, reader.file());
  if (!added) reader.AddError("name", absl::StrCat("'", name, "' is taken by ", it->second));
}

RunAsFields ReadRunAs(ObjectReader& reader) {
  RunAsFields fields;
  fields.authed_user = reader.Bool("run_as_authed_user").value_or(false);
  fields.user_id = reader.String("run_as_user_id").value_or("");
  fields.script_source = reader.String("run_as_user_id_script_source").value_or("");
  if (!fields.user_id.empty() && !fields.script_source.empty()) {
    reader.AddError("run_as_user_id", "excludes run_as_user_id_script_source: leave one of them empty");
  }
  if (fields.authed_user && !fields.user_id.empty()) {
    reader.AddError("run_as_user_id", "excludes run_as_authed_user: true; leave one of them out");
  }
  if (fields.authed_user && !fields.script_source.empty()) {
    reader.AddError("run_as_user_id_script_source", "excludes run_as_authed_user: true; leave one of them out");
  }
  if (!fields.user_id.empty() && !IsObjectId(fields.user_id)) {
    reader.AddWarning("run_as_user_id", "is not 24 hexadecimal digits, so no user can have it");
  }
  if (fields.script_source.size() > kSourceBytesMax) {
    reader.AddError("run_as_user_id_script_source", absl::StrCat("has more than ", kSourceBytesMax, " bytes"));
  }
  return fields;
}

}  // namespace overlock::config
