// Rules of MongoDB services (spec sections 1.8 and 11). An export may hold anything here that Stitch once took, so what
// is wrong is a warning, and what it concerns allows nothing.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/config/entity_parsers.h"
#include "services/config/json_text.h"

namespace overlock::config {
namespace {

using Kind = JsonValue::Kind;
// Database and collection; both empty for the default rule.
using Namespace = std::pair<std::string, std::string>;

// Warns of the expressions that do not parse.
class ExpressionWarnings {
 public:
  ExpressionWarnings(const ParseContext& context, const std::string& file) : context_(context), file_(file) {}

  void CheckRoles(const JsonValue& roles) {
    for (size_t i = 0; i < roles.items.size(); ++i) {
      const JsonValue& role = roles.items[i];
      std::string path = absl::StrCat("roles[", i, "]");
      for (const char* field : {"apply_when", "read", "write", "insert", "delete", "search"}) Check(role, path, field);
      CheckFields(role, path);
      if (const JsonValue* additional = role.Find("additional_fields"); additional != nullptr) {
        CheckAccess(*additional, absl::StrCat(path, ".additional_fields"));
      }
    }
  }

  void CheckFilters(const JsonValue& filters) {
    for (size_t i = 0; i < filters.items.size(); ++i) {
      Check(filters.items[i], absl::StrCat("filters[", i, "]"), "apply_when");
    }
  }

  void CheckSchema(const JsonValue& schema, const std::string& path) {
    Check(schema, path, "validate");
    if (const JsonValue* properties = schema.Find("properties"); properties != nullptr) {
      for (const JsonMember& member : properties->members) {
        CheckSchema(member.value, absl::StrCat(path, ".properties.", member.key));
      }
    }
    if (const JsonValue* items = schema.Find("items"); items != nullptr) {
      CheckSchema(*items, absl::StrCat(path, ".items"));
    }
  }

 private:
  void CheckAccess(const JsonValue& access, const std::string& path) {
    Check(access, path, "read");
    Check(access, path, "write");
    CheckFields(access, path);
  }

  void CheckFields(const JsonValue& parent, const std::string& path) {
    const JsonValue* fields = parent.Find("fields");
    if (fields == nullptr) return;
    for (const JsonMember& member : fields->members) {
      CheckAccess(member.value, absl::StrCat(path, ".fields.", member.key));
    }
  }

  void Check(const JsonValue& parent, const std::string& path, const char* field) {
    const JsonValue* expression = parent.Find(field);
    if (expression == nullptr || expression->kind == Kind::kNull || !context_.checkers.expression) return;
    absl::Status status = context_.checkers.expression(ToText(*expression), ExpressionUse::kDocumentRule);
    if (status.ok()) return;
    context_.problems.AddWarning(file_, absl::StrCat(path, path.empty() ? "" : ".", field),
                                 absl::StrCat(status.message(), "; it is false"));
  }

  const ParseContext& context_;
  const std::string& file_;
};

class DataRuleParser {
 public:
  DataRuleParser(const ParseContext& context, v1::Service& service) : context_(context), service_(service) {}

  void Parse() {
    ReadDirectory(absl::StrCat("services/", service_.name(), "/"));
    ReadDirectory(absl::StrCat("data_sources/", service_.name(), "/"));
    for (auto& [name, rule] : rules_) *service_.add_data_rules() = std::move(rule);
  }

 private:
  void ReadDirectory(const std::string& directory) {
    const auto& kept = context_.tree.kept;
    for (auto it = kept.lower_bound(directory); it != kept.end() && it->first.starts_with(directory); ++it) {
      ReadFile(it->first, it->second, it->first.substr(directory.size()));
    }
  }

  void ReadFile(const std::string& file, const std::string& text, const std::string& name) {
    std::vector<std::string> parts = absl::StrSplit(name, '/');
    const std::string& last = parts.back();
    if (name == "default_rule.json") {
      Read(file, text, Namespace());
    } else if (parts.size() == 2 && parts[0] == "rules" && absl::EndsWith(last, ".json")) {
      std::string_view stem(last);
      stem.remove_suffix(std::string_view(".json").size());
      const size_t dot = stem.find('.');
      if (dot == std::string_view::npos) return Warn(file, "its name must be <database>.<collection>.json");
      Read(file, text, Namespace(stem.substr(0, dot), stem.substr(dot + 1)));
    } else if (parts.size() == 3 && last == "rules.json") {
      Read(file, text, Namespace(parts[0], parts[1]));
    } else if (parts.size() == 3 && last == "schema.json") {
      if (std::optional<JsonValue> schema = ReadObject(file, text); schema) {
        SetSchema(file, *schema, "", Name(Namespace(parts[0], parts[1])));
      } else {
        Name(Namespace(parts[0], parts[1])).set_schema_json("false");
      }
    }
  }

  // Roles, filters, and in layouts before F3 the schema.
  void Read(const std::string& file, const std::string& text, Namespace where) {
    std::optional<JsonValue> object = ReadObject(file, text);
    // The file says it better than its name: an old name of a collection may have had characters that files have not.
    if (object && !where.first.empty()) {
      if (std::string database = TextOf(*object, "database"); !database.empty()) where.first = std::move(database);
      if (std::string collection = TextOf(*object, "collection"); !collection.empty()) {
        where.second = std::move(collection);
      }
    }
    v1::DataRule& rule = Name(where);
    rule.set_roles_json("[]");
    if (!object) return;
    ExpressionWarnings warnings(context_, file);
    if (const JsonValue* roles = ArrayIn(file, *object, "roles"); roles != nullptr) {
      warnings.CheckRoles(*roles);
      rule.set_roles_json(ToText(*roles));
    }
    if (const JsonValue* filters = ArrayIn(file, *object, "filters"); filters != nullptr) {
      warnings.CheckFilters(*filters);
      if (!filters->items.empty()) rule.set_filters_json(ToText(*filters));
    }
    if (const JsonValue* schema = object->Find("schema"); schema != nullptr && schema->kind == Kind::kObject) {
      SetSchema(file, *schema, "schema", rule);
    }
  }

  v1::DataRule& Name(const Namespace& where) {
    v1::DataRule& rule = rules_[where];
    rule.set_database(where.first);
    rule.set_collection(where.second);
    return rule;
  }

  void SetSchema(const std::string& file, const JsonValue& schema, const std::string& path, v1::DataRule& rule) {
    ExpressionWarnings(context_, file).CheckSchema(schema, path);
    if (!schema.members.empty()) rule.set_schema_json(ToText(schema));
  }

  std::optional<JsonValue> ReadObject(const std::string& file, const std::string& text) {
    if (absl::StripAsciiWhitespace(text).empty()) return JsonValue{.kind = Kind::kObject};
    absl::StatusOr<JsonDocument> document = ParseJson(text);
    if (document.ok() && document->root.kind == Kind::kObject) return std::move(document->root);
    Warn(file, document.ok() ? "must be an object; it allows nothing"
                             : absl::StrCat(document.status().message(), "; it allows nothing"));
    return std::nullopt;
  }

  const JsonValue* ArrayIn(const std::string& file, const JsonValue& object, const char* field) {
    const JsonValue* value = object.Find(field);
    if (value == nullptr || value->kind == Kind::kArray) return value;
    if (value->kind != Kind::kNull) {
      context_.problems.AddWarning(file, field, absl::StrCat("must be an array, not ", Describe(value->kind)));
    }
    return nullptr;
  }

  static std::string TextOf(const JsonValue& object, const char* field) {
    const JsonValue* value = object.Find(field);
    return value != nullptr && value->kind == Kind::kString ? value->text : "";
  }

  void Warn(const std::string& file, std::string_view message) { context_.problems.AddWarning(file, "", message); }

  const ParseContext& context_;
  v1::Service& service_;
  std::map<Namespace, v1::DataRule> rules_;
};

}  // namespace

void ParseDataRules(const ParseContext& context, v1::Service& service) { DataRuleParser(context, service).Parse(); }

}  // namespace overlock::config
