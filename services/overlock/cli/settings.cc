#include "services/overlock/cli/settings.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/json_text.h"
#include "services/overlock/cli/exit_code.h"

namespace overlock::cli {
namespace {

using config::JsonValue;

const JsonValue* FieldAt(const JsonValue& object, std::string_view path) {
  const JsonValue* value = &object;
  while (value != nullptr && value->kind == JsonValue::Kind::kObject) {
    const size_t dot = path.find('.');
    value = value->Find(path.substr(0, dot));
    if (dot == path.npos) return value;
    path.remove_prefix(dot + 1);
  }
  return nullptr;
}

// Null takes the field out.
absl::Status Put(JsonValue& object, std::string_view path, const JsonValue* value) {
  const size_t dot = path.find('.');
  const std::string_view name = path.substr(0, dot);
  if (name.empty()) return UsageError(absl::StrCat("'", path, "' is no field; allowed: such as options.httpMethod"));
  if (dot == path.npos) {
    if (value == nullptr) {
      config::RemoveMember(object, name);
    } else {
      config::SetMember(object, name, *value);
    }
    return absl::OkStatus();
  }
  const JsonValue* there = object.Find(name);
  if (there == nullptr && value == nullptr) return absl::OkStatus();
  JsonValue inner = there == nullptr ? config::MakeObject() : *there;
  if (inner.kind != JsonValue::Kind::kObject) {
    return UsageError(absl::StrCat(name, ": is ", config::Describe(inner.kind), ", which has no fields"));
  }
  OVERLOCK_RETURN_IF_ERROR(Put(inner, path.substr(dot + 1), value));
  config::SetMember(object, name, std::move(inner));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<JsonValue> ParseObject(std::string_view where, std::string_view text) {
  absl::StatusOr<config::JsonDocument> document = config::ParseJson(text);
  if (!document.ok()) return UsageError(absl::StrCat(where, ": ", document.status().message()));
  for (const auto& doubled : document->doubled_keys) {
    return UsageError(absl::StrCat(where, ": ", doubled.path, " stands there twice, again in line ", doubled.line));
  }
  if (document->root.kind != JsonValue::Kind::kObject) {
    return UsageError(absl::StrCat(where, ": must be an object, not ", config::Describe(document->root.kind)));
  }
  return std::move(document->root);
}

JsonValue ValueOf(const std::string& text) {
  absl::StatusOr<config::JsonDocument> document = config::ParseJson(text);
  if (document.ok() && document->doubled_keys.empty()) return std::move(document->root);
  return config::MakeString(text);
}

absl::Status SetField(JsonValue& object, std::string_view path, JsonValue value) { return Put(object, path, &value); }

absl::Status ApplySetting(JsonValue& object, const std::string& setting) {
  const size_t equals = setting.find('=');
  if (equals == setting.npos) {
    return UsageError(absl::StrCat("--set: '", setting, "', allowed: FIELD=VALUE, such as options.httpMethod=GET"));
  }
  const std::string text = setting.substr(equals + 1);
  if (text.empty()) return Put(object, setting.substr(0, equals), nullptr);
  JsonValue value = ValueOf(text);
  return Put(object, setting.substr(0, equals), &value);
}

std::string StringAt(const JsonValue& object, std::string_view path) {
  const JsonValue* value = FieldAt(object, path);
  return value != nullptr && value->kind == JsonValue::Kind::kString ? value->text : "";
}

bool TrueAt(const JsonValue& object, std::string_view path) {
  const JsonValue* value = FieldAt(object, path);
  return value != nullptr && value->kind == JsonValue::Kind::kBool && value->boolean;
}

}  // namespace overlock::cli
