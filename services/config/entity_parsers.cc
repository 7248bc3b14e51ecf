#include "services/config/entity_parsers.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/hmac.h"

namespace overlock::config {
namespace {

bool IsObjectId(std::string_view id) {
  if (id.size() != 24) return false;
  for (char c : id) {
    if (!absl::ascii_isxdigit(c)) return false;
  }
  return true;
}

// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool IsUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    auto byte = [&](size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
    unsigned first = byte(i);
    if (first < 0x80) {
      ++i;
      continue;
    }
    int following = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4) return false;
    unsigned second = byte(i + 1);
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
        (first == 0xf4 && second > 0x8f)) {
      return false;
    }
    for (int k = 1; k <= following; ++k) {
      if ((byte(i + k) & 0xc0) != 0x80) return false;
    }
    i += 1 + following;
  }
  return true;
}

std::string DeriveId(std::string_view key) {
  return absl::BytesToHexString(crypto::Sha256(absl::StrCat("overlock entity id\n", key)).substr(0, 12));
}

// `"5e..."` or, in 2017's files, `{"$oid": "5e..."}`.
std::optional<std::string> IdText(const JsonValue& value) {
  if (value.kind == JsonValue::Kind::kString) return value.text;
  const JsonValue* oid = value.kind == JsonValue::Kind::kObject ? value.Find("$oid") : nullptr;
  if (oid != nullptr && oid->kind == JsonValue::Kind::kString) return oid->text;
  return std::nullopt;
}

}  // namespace

std::optional<JsonDocument> ReadObjectFile(const ParseContext& context, const std::string& path) {
  const std::string* content = context.files.Find(path);
  if (content == nullptr) {
    context.problems.AddError(path, "", "the file is missing");
    return std::nullopt;
  }
  if (absl::StripAsciiWhitespace(*content).empty()) {
    context.problems.AddWarning(path, "", "the file is empty and reads as nothing");
    return std::nullopt;
  }
  absl::StatusOr<JsonDocument> document = ParseJson(*content);
  if (!document.ok()) {
    context.problems.AddError(path, "", document.status().message());
    return std::nullopt;
  }
  for (const auto& doubled : document->doubled_keys) {
    context.problems.AddError(path, doubled.path, absl::StrCat("stands here twice (line ", doubled.line, ")"));
  }
  if (document->root.kind != JsonValue::Kind::kObject) {
    context.problems.AddError(path, "", absl::StrCat("must hold an object, not ", Describe(document->root.kind)));
    return std::nullopt;
  }
  return *std::move(document);
}

std::string ReadName(ObjectReader& reader) {
  std::string name = reader.RequiredString("name").value_or("");
  bool has_space = false;
  for (char c : name) {
    if (absl::ascii_isalnum(c) || c == '_' || c == '-') continue;
    if (c == ' ') {
      has_space = true;
      continue;
    }
    reader.AddError("name", "can only contain ASCII letters, numbers, underscores, and hyphens");
    return "";
  }
  if (name.size() > kNameBytesMax) {
    reader.AddError("name", absl::StrCat("has ", name.size(), " characters; at most ", kNameBytesMax));
    return "";
  }
  if (has_space) reader.AddWarning("name", "has spaces, as only old exports have; in a URL each is written %20");
  return name;
}

void CheckFolderName(const ObjectReader& reader, std::string_view folder, std::string_view name) {
  if (name.empty() || folder == name) return;
  reader.AddWarning("name",
                    absl::StrCat("is '", name, "' though the folder or file is '", folder, "'; '", name, "' counts"));
}

std::string ReadId(ObjectReader& reader, std::string_view key) {
  for (std::string_view field : {"id", "_id"}) {
    const JsonValue* value = reader.Any(field);
    if (value == nullptr || value->kind == JsonValue::Kind::kNull) continue;
    std::optional<std::string> id = IdText(*value);
    if (!id) {
      reader.AddError(field, absl::StrCat("must be a string of 24 hexadecimal digits, not ", Describe(value->kind)));
    } else if (IsObjectId(*id)) {
      reader.Ignore({"_id"});
      return absl::AsciiStrToLower(*id);
    } else if (!id->empty()) {
      reader.AddWarning(field, "is not 24 hexadecimal digits and is replaced");
    }
  }
  return DeriveId(key);
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
  if (!expression.empty() && context.check_expression) {
    absl::Status status = context.check_expression(expression, ExpressionUse::kCanEvaluate);
    if (!status.ok()) {
      ExpressionFault fault = FaultIn("can_evaluate", status.message());
      reader.AddError(fault.field, fault.message);
    }
  }
  return expression;
}

std::string ReadRuleCondition(const ParseContext& context, ObjectReader& reader) {
  std::string expression = ReadExpression(reader, "when");
  if (!expression.empty() && context.check_expression) {
    absl::Status status = context.check_expression(expression, ExpressionUse::kServiceRule);
    if (!status.ok()) {
      ExpressionFault fault = FaultIn("when", status.message());
      reader.AddWarning(fault.field, absl::StrCat(fault.message, "; the rule allows nothing"));
    }
  }
  return expression;
}

std::string ReadSource(const ParseContext& context, const std::string& path) {
  const std::string* content = context.files.Find(path);
  if (content == nullptr) {
    context.problems.AddError(path, "", "the file is missing");
    return "";
  }
  if (content->size() > kSourceBytesMax) {
    context.problems.AddError(path, "", absl::StrCat("has ", content->size(), " bytes; at most ", kSourceBytesMax));
    return "";
  }
  if (!IsUtf8(*content)) {
    context.problems.AddError(path, "", "is not UTF-8 text");
    return "";
  }
  if (absl::StripAsciiWhitespace(*content).empty()) {
    context.problems.AddWarning(path, "", "is empty: there is no function to run");
  }
  return *content;
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
