#include "services/config/object_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace overlock::config {
namespace {

// What a value is, for a message. Strings are not shown: they may be secrets.
std::string Shown(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::kBool:
      return value.boolean ? "true" : "false";
    case JsonValue::Kind::kNumber:
      return absl::StrCat("the number ", value.text.substr(0, 40));
    default:
      return std::string(Describe(value.kind));
  }
}

}  // namespace

std::string ObjectReader::PathOf(std::string_view field) const {
  return path_.empty() ? std::string(field) : absl::StrCat(path_, ".", field);
}

void ObjectReader::AddError(std::string_view field, std::string_view message) const {
  problems_.AddError(file_, PathOf(field), message);
}

void ObjectReader::AddWarning(std::string_view field, std::string_view message) const {
  problems_.AddWarning(file_, PathOf(field), message);
}

const JsonValue* ObjectReader::Any(std::string_view field) {
  known_.insert(std::string(field));
  return object_.Find(field);
}

const JsonValue* ObjectReader::FindKind(std::string_view field, JsonValue::Kind kind) {
  const JsonValue* value = Any(field);
  if (value == nullptr || value->kind == JsonValue::Kind::kNull) return nullptr;
  if (value->kind == kind) return value;
  AddError(field, absl::StrCat("must be ", Describe(kind), ", not ", Shown(*value), " (line ", value->line, ")"));
  return nullptr;
}

std::optional<std::string> ObjectReader::String(std::string_view field) {
  const JsonValue* value = FindKind(field, JsonValue::Kind::kString);
  if (value == nullptr) return std::nullopt;
  return value->text;
}

std::optional<std::string> ObjectReader::RequiredString(std::string_view field) {
  const JsonValue* value = Any(field);
  if (value == nullptr || value->kind == JsonValue::Kind::kNull) {
    AddError(field, "is required: a string");
    return std::nullopt;
  }
  std::optional<std::string> text = String(field);
  if (text && text->empty()) {
    AddError(field, "must not be empty");
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> ObjectReader::Enum(std::string_view field, const std::vector<std::string_view>& allowed) {
  std::optional<std::string> text = String(field);
  if (!text || std::find(allowed.begin(), allowed.end(), *text) != allowed.end()) return text;
  AddError(field, absl::StrCat("'", text->substr(0, 64), "' is not allowed; allowed: ", absl::StrJoin(allowed, ", ")));
  return std::nullopt;
}

std::optional<bool> ObjectReader::Bool(std::string_view field) {
  const JsonValue* value = FindKind(field, JsonValue::Kind::kBool);
  if (value == nullptr) return std::nullopt;
  return value->boolean;
}

std::optional<int64_t> ObjectReader::Integer(std::string_view field, int64_t min, int64_t max) {
  const JsonValue* value = FindKind(field, JsonValue::Kind::kNumber);
  if (value == nullptr) return std::nullopt;
  if (value->is_integer && value->integer >= min && value->integer <= max) return value->integer;
  AddError(field, absl::StrCat("must be a whole number from ", min, " to ", max, ", not ", value->text.substr(0, 40)));
  return std::nullopt;
}

std::optional<std::vector<std::string>> ObjectReader::Strings(std::string_view field) {
  const JsonValue* value = FindKind(field, JsonValue::Kind::kArray);
  if (value == nullptr) return std::nullopt;
  std::vector<std::string> strings;
  for (size_t i = 0; i < value->items.size(); ++i) {
    const JsonValue& item = value->items[i];
    if (item.kind != JsonValue::Kind::kString) {
      AddError(absl::StrCat(field, "[", i, "]"), absl::StrCat("must be a string, not ", Shown(item)));
      continue;
    }
    strings.push_back(item.text);
  }
  return strings;
}

std::map<std::string, std::string> ObjectReader::StringMap(std::string_view field) {
  std::map<std::string, std::string> map;
  const JsonValue* object = FindKind(field, JsonValue::Kind::kObject);
  if (object == nullptr) return map;
  for (const JsonMember& member : object->members) {
    if (member.value.kind != JsonValue::Kind::kString) {
      AddError(absl::StrCat(field, ".", member.key), absl::StrCat("must be a string, not ", Shown(member.value)));
      continue;
    }
    map[member.key] = member.value.text;
  }
  return map;
}

const JsonValue* ObjectReader::Object(std::string_view field) { return FindKind(field, JsonValue::Kind::kObject); }

const JsonValue* ObjectReader::Array(std::string_view field) { return FindKind(field, JsonValue::Kind::kArray); }

void ObjectReader::Ignore(std::initializer_list<std::string_view> fields) {
  for (std::string_view field : fields) known_.insert(std::string(field));
}

void ObjectReader::Finish() {
  for (const JsonMember& member : object_.members) {
    if (!known_.contains(member.key)) AddWarning(member.key, "is not known here and is ignored");
  }
}

void ObjectReader::FinishStrictly() {
  std::vector<std::string_view> known(known_.begin(), known_.end());
  std::sort(known.begin(), known.end());
  for (const JsonMember& member : object_.members) {
    if (known_.contains(member.key)) continue;
    AddError(member.key, absl::StrCat("is not known here; allowed: ", absl::StrJoin(known, ", ")));
  }
}

}  // namespace overlock::config
