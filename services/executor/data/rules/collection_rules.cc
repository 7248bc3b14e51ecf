#include "services/executor/data/rules/collection_rules.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/telemetry/log.h"

namespace overlock::executor {
namespace {

using ejson::Member;
using ejson::Value;
using expression::Program;
using Type = Value::Type;

class Parser {
 public:
  Parser(const std::string& app_id, const std::string& service, const config::v1::DataRule& rule)
      : app_id_(app_id), service_(service), rule_(rule) {}

  void ParseRoles(CollectionRules& rules) {
    for (const Value& role : ReadArray(rule_.roles_json())) rules.roles.push_back(ParseRole(role));
  }

  void ParseFilters(CollectionRules& rules) {
    for (const Value& filter : ReadArray(rule_.filters_json())) {
      const Value* query = filter.Find("query");
      const Value* projection = filter.Find("projection");
      rules.filters.push_back(Filter{NameOf(filter), Condition(filter, "apply_when"),
                                     query != nullptr && query->is(Type::kDocument) ? *query : Value::Document({}),
                                     projection != nullptr ? *projection : Value::Document({})});
    }
  }

  // Of the roles that were parsed.
  bool names_document() const { return names_document_; }

 private:
  std::vector<Value> ReadArray(const std::string& json) {
    if (json.empty()) return {};
    absl::StatusOr<Value> value = ejson::Parse(json);
    if (!value.ok() || !value->is(Type::kArray)) {
      Complain("", value.ok() ? "not an array" : value.status().message());
      return {};
    }
    return value->items();
  }

  static std::string NameOf(const Value& value) {
    const Value* name = value.Find("name");
    return name != nullptr && name->is(Type::kString) ? name->as_string() : "";
  }

  Role ParseRole(const Value& value) {
    Role role{NameOf(value),
              Condition(value, "apply_when"),
              ParsePermission(value, "read"),
              ParsePermission(value, "write"),
              ParsePermission(value, "insert"),
              ParsePermission(value, "delete"),
              {},
              {}};
    ParseFields(value, role.fields);
    const Value* additional = value.Find("additional_fields");
    if (additional != nullptr) role.additional = ParseField(*additional);
    return role;
  }

  FieldRule ParseField(const Value& value) {
    FieldRule field;
    field.read = ParsePermission(value, "read");
    field.write = ParsePermission(value, "write");
    ParseFields(value, field.fields);
    return field;
  }

  void ParseFields(const Value& parent, std::map<std::string, FieldRule, std::less<>>& fields) {
    const Value* value = parent.Find("fields");
    if (value == nullptr || !value->is(Type::kDocument)) return;
    for (const Member& member : value->members()) fields[member.key] = ParseField(member.value);
  }

  Permission ParsePermission(const Value& parent, const char* key) {
    const Value* value = parent.Find(key);
    if (value == nullptr || value->is(Type::kNull)) return std::nullopt;
    return Condition(parent, key);
  }

  // True where nothing is written.
  Program Condition(const Value& parent, const char* key) {
    const Value* value = parent.Find(key);
    std::string json = value == nullptr || value->is(Type::kNull) ? "{}" : ejson::ToCanonicalJson(*value);
    absl::StatusOr<Program> program = Program::Parse(json, expression::Place::kDocumentRule);
    if (!program.ok()) {
      Complain(key, program.status().message());
      program = Program::Parse("false", expression::Place::kDocumentRule);
    }
    names_document_ = names_document_ || program->names_document();
    return *std::move(program);
  }

  void Complain(std::string_view key, std::string_view error) {
    log::Error("a rule of documents allows nothing: it does not parse",
               {{"app_id", app_id_},
                {"service_name", service_},
                {"namespace", absl::StrCat(rule_.database(), ".", rule_.collection())},
                {"field", key},
                {"error", error}});
  }

  const std::string& app_id_;
  const std::string& service_;
  const config::v1::DataRule& rule_;
  bool names_document_ = false;
};

}  // namespace

DataRules::DataRules(const std::string& app_id, const config::v1::ExecutorView::Service& service) {
  for (const config::v1::DataRule& rule : service.data_rules()) {
    CollectionRules& rules = rules_[{rule.database(), rule.collection()}];
    Parser parser(app_id, service.name(), rule);
    parser.ParseRoles(rules);
    rules.names_document = parser.names_document();
    parser.ParseFilters(rules);
    if (!rule.schema_json().empty()) rules.schema = Schema::Parse(rule.schema_json());
  }
  // A collection that has a schema only has the default rule's roles.
  auto fallback = rules_.find({});
  if (fallback == rules_.end()) return;
  for (const config::v1::DataRule& rule : service.data_rules()) {
    if (!rule.roles_json().empty()) continue;
    CollectionRules& rules = rules_[{rule.database(), rule.collection()}];
    rules.roles = fallback->second.roles;
    rules.filters = fallback->second.filters;
    rules.names_document = fallback->second.names_document;
  }
}

const CollectionRules* DataRules::Find(const std::string& database, const std::string& collection) const {
  auto it = rules_.find({database, collection});
  if (it == rules_.end()) it = rules_.find({});
  return it == rules_.end() ? nullptr : &it->second;
}

}  // namespace overlock::executor
