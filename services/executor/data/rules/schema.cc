#include "services/executor/data/rules/schema.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/ejson/compare.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"

namespace overlock::executor {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

// Limits of sizes and numbers.
struct Schema::Bounds {
  std::optional<Value> minimum, maximum;
  bool exclusive_minimum = false, exclusive_maximum = false;
  std::optional<int64_t> min_length, max_length, min_items, max_items;
};

struct Schema::Node {
  // Why nothing conforms; empty if something may.
  std::string unusable;
  // Names as in `bsonType`; empty for any.
  std::vector<std::string> types;
  std::map<std::string, std::unique_ptr<const Node>> properties;
  std::vector<std::string> required;
  bool has_additional = true;
  std::unique_ptr<const Node> additional;
  std::unique_ptr<const Node> items;
  std::optional<Value> allowed;
  Bounds bounds;
  std::optional<expression::Program> validate;
};

namespace {

bool HasType(const Value& value, std::string_view name) {
  switch (value.type()) {
    case Type::kUndefined:
      return name == "undefined";
    case Type::kNull:
      return name == "null";
    case Type::kMinKey:
      return name == "minKey";
    case Type::kMaxKey:
      return name == "maxKey";
    case Type::kBool:
      return name == "bool" || name == "boolean";
    case Type::kInt32:
      return name == "int" || name == "number" || name == "integer";
    case Type::kInt64:
      return name == "long" || name == "number" || name == "integer";
    case Type::kDouble:
      return name == "double" || name == "number" || name == "float";
    case Type::kDecimal128:
      return name == "decimal" || name == "number";
    case Type::kDate:
      return name == "date";
    case Type::kTimestamp:
      return name == "timestamp";
    case Type::kObjectId:
      return name == "objectId";
    case Type::kString:
      return name == "string";
    case Type::kBinary:
      return name == "binData" || (name == "uuid" && value.as_binary().subtype == ejson::kUuidSubtype);
    case Type::kRegex:
      return name == "regex";
    case Type::kArray:
      return name == "array";
    case Type::kDocument:
      return name == "object";
  }
  return false;
}

int64_t CodePoints(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

bool ReadTexts(const Value& value, std::vector<std::string>& texts) {
  if (value.is(Type::kString)) {
    texts.push_back(value.as_string());
    return true;
  }
  if (!value.is(Type::kArray)) return false;
  for (const Value& item : value.items()) {
    if (!item.is(Type::kString)) return false;
    texts.push_back(item.as_string());
  }
  return true;
}

bool ReadBound(const Value& value, std::optional<int64_t>& bound) {
  if (!value.is(Type::kInt32) && !value.is(Type::kInt64)) return false;
  bound = value.is(Type::kInt32) ? value.as_int32() : value.as_int64();
  return *bound >= 0;
}

// `exclusiveMinimum` is a flag of `minimum`, or since draft 6 the bound itself.
bool ReadExclusive(const Value& value, std::optional<Value>& bound, bool& exclusive) {
  if (value.is(Type::kBool)) {
    exclusive = value.as_bool();
    return true;
  }
  bound = value;
  exclusive = true;
  return value.is_number();
}

std::string At(const std::string& path, std::string_view what) {
  return absl::StrCat(path, path.empty() ? "" : ": ", what);
}

std::string Below(const std::string& path, std::string_view key) {
  return absl::StrCat(path, path.empty() ? "" : ".", key);
}

const Value& PartOf(const Value& value, std::string_view key) {
  static const Value* undefined = new Value();
  const Value* part = value.Find(key);
  return part == nullptr ? *undefined : *part;
}

std::string SizeFault(std::string_view what, int64_t size, const std::optional<int64_t>& min,
                      const std::optional<int64_t>& max) {
  if (min && size < *min) return absl::StrCat("must have at least ", *min, " ", what);
  return max && size > *max ? absl::StrCat("must have at most ", *max, " ", what) : "";
}

}  // namespace

std::shared_ptr<const Schema> Schema::Parse(std::string_view json) {
  absl::StatusOr<Value> value = ejson::Parse(json);
  if (value.ok() && value->is(Type::kDocument) && value->members().empty()) return nullptr;
  auto schema = std::make_shared<Schema>();
  if (value.ok()) {
    schema->root_ = ParseNode(*value);
  } else {
    auto node = std::make_shared<Node>();
    node->unusable = "the schema cannot be read";
    schema->root_ = std::move(node);
  }
  return schema;
}

std::unique_ptr<const Schema::Node> Schema::ParseNode(const Value& schema) {
  auto node = std::make_unique<Node>();
  if (!schema.is(Type::kDocument)) {
    node->unusable = "the schema is no object";
    return node;
  }
  for (const Member& member : schema.members()) {
    if (!ParseKeyword(member.key, member.value, *node)) {
      node->unusable = absl::StrCat("the schema's '", member.key, "' is not supported");
    }
  }
  return node;
}

bool Schema::ParseKeyword(const std::string& keyword, const Value& value, Node& node) {
  Bounds& bounds = node.bounds;
  if (keyword == "title" || keyword == "description" || keyword == "relationship" || keyword == "default") return true;
  if (keyword == "bsonType" || keyword == "type") return ReadTexts(value, node.types);
  if (keyword == "required") return ReadTexts(value, node.required);
  if (keyword == "properties") {
    if (!value.is(Type::kDocument)) return false;
    for (const Member& member : value.members()) node.properties[member.key] = ParseNode(member.value);
    return true;
  }
  if (keyword == "additionalProperties") {
    if (value.is(Type::kBool)) node.has_additional = value.as_bool();
    if (value.is(Type::kDocument)) node.additional = ParseNode(value);
    return value.is(Type::kBool) || value.is(Type::kDocument);
  }
  if (keyword == "items") {
    node.items = ParseNode(value);
    return value.is(Type::kDocument);
  }
  if (keyword == "enum") {
    node.allowed = value;
    return value.is(Type::kArray);
  }
  if (keyword == "validate") {
    absl::StatusOr<expression::Program> program =
        expression::Program::Parse(ejson::ToCanonicalJson(value), expression::Place::kDocumentRule);
    if (program.ok()) node.validate = *std::move(program);
    return program.ok();
  }
  if (keyword == "minimum") return (bounds.minimum = value)->is_number();
  if (keyword == "maximum") return (bounds.maximum = value)->is_number();
  if (keyword == "exclusiveMinimum") return ReadExclusive(value, bounds.minimum, bounds.exclusive_minimum);
  if (keyword == "exclusiveMaximum") return ReadExclusive(value, bounds.maximum, bounds.exclusive_maximum);
  if (keyword == "minLength") return ReadBound(value, bounds.min_length);
  if (keyword == "maxLength") return ReadBound(value, bounds.max_length);
  if (keyword == "minItems") return ReadBound(value, bounds.min_items);
  if (keyword == "maxItems") return ReadBound(value, bounds.max_items);
  return false;
}

std::string Schema::FindFault(const Value& document, const Value& previous,
                              std::vector<Validation>& validations) const {
  return Fault(*root_, "", document, previous, validations);
}

std::string Schema::Fault(const Node& node, const std::string& path, const Value& value, const Value& previous,
                          std::vector<Validation>& validations) {
  if (!node.unusable.empty()) return At(path, node.unusable);
  if (!node.types.empty() && std::none_of(node.types.begin(), node.types.end(),
                                          [&](const std::string& name) { return HasType(value, name); })) {
    return At(path, absl::StrCat("must be ", absl::StrJoin(node.types, " or "), ", not ", Describe(value.type())));
  }
  if (node.allowed && std::none_of(node.allowed->items().begin(), node.allowed->items().end(),
                                   [&](const Value& allowed) { return ejson::Equal(allowed, value); })) {
    return At(path, "is none of the values that the schema lists");
  }
  const Bounds& bounds = node.bounds;
  std::string fault;
  if (value.is_number()) {
    if (bounds.minimum && ejson::Compare(value, *bounds.minimum) < (bounds.exclusive_minimum ? 1 : 0)) {
      fault = "is too small";
    }
    if (bounds.maximum && ejson::Compare(value, *bounds.maximum) > (bounds.exclusive_maximum ? -1 : 0)) {
      fault = "is too large";
    }
  } else if (value.is(Type::kString)) {
    fault = SizeFault("characters", CodePoints(value.as_string()), bounds.min_length, bounds.max_length);
  } else if (value.is(Type::kArray)) {
    fault = SizeFault("items", static_cast<int64_t>(value.items().size()), bounds.min_items, bounds.max_items);
  }
  if (!fault.empty()) return At(path, fault);
  if (node.validate) validations.push_back({path, &*node.validate, value, previous});
  return FaultInParts(node, path, value, previous, validations);
}

std::string Schema::FaultInParts(const Node& node, const std::string& path, const Value& value, const Value& previous,
                                 std::vector<Validation>& validations) {
  if (value.is(Type::kArray) && node.items != nullptr) {
    for (size_t i = 0; i < value.items().size(); ++i) {
      std::string fault = Fault(*node.items, Below(path, absl::StrCat(i)), value.items()[i], Value(), validations);
      if (!fault.empty()) return fault;
    }
  }
  if (!value.is(Type::kDocument)) return "";
  for (const std::string& name : node.required) {
    if (value.Find(name) == nullptr) return At(Below(path, name), "is required");
  }
  for (const Member& member : value.members()) {
    const std::string below = Below(path, member.key);
    auto it = node.properties.find(member.key);
    const Node* part = it == node.properties.end() ? node.additional.get() : it->second.get();
    if (part == nullptr) {
      if (!node.has_additional && member.key != "_id") return At(below, "is no field of the schema");
      continue;
    }
    std::string fault = Fault(*part, below, member.value, PartOf(previous, member.key), validations);
    if (!fault.empty()) return fault;
  }
  return "";
}

}  // namespace overlock::executor
