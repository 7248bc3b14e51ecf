#include "services/executor/data/rules/rule_evaluation.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/expression/substitution.h"
#include "services/executor/actions/expression_judge.h"

namespace overlock::executor {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

// What `%%root`, `%%prevRoot`, `%%this` and `%%prev` stand for; undefined where there is nothing.
struct RuleEvaluation::View {
  Value root;
  Value before;
  Value field;
  Value field_before;
};

class RuleEvaluation::DocumentEnvironment : public CallEnvironment {
 public:
  DocumentEnvironment(ServiceCallPtr call, View view) : CallEnvironment(std::move(call)), view_(std::move(view)) {}

  const Value* Resolve(expression::Root root, std::string_view member) const override {
    switch (root) {
      case expression::Root::kRoot:
        return ThereIs(view_.root);
      case expression::Root::kPrevRoot:
        return ThereIs(view_.before);
      case expression::Root::kThis:
        return ThereIs(view_.field);
      case expression::Root::kPrev:
        return ThereIs(view_.field_before);
      default:
        return RequestEnvironment::Resolve(root, member);
    }
  }

 private:
  static const Value* ThereIs(const Value& value) { return value.is(Type::kUndefined) ? nullptr : &value; }

  const View view_;
};

namespace {

Value PartOf(const Value& value, const std::string& name) {
  const Value* part = value.Find(name);
  return part == nullptr ? Value() : *part;
}

}  // namespace

std::string NamespaceOf(const ServiceCall& call) {
  auto text = [&](const char* name) {
    const Value* value = call.argument.Find(name);
    return value != nullptr && value->is(Type::kString) ? value->as_string() : std::string();
  };
  std::string collection = text("collection");
  return collection.empty() ? text("database") : absl::StrCat(text("database"), ".", collection);
}

Task<bool> RuleEvaluation::Holds(expression::Program program, View view) {
  auto environment = std::make_shared<DocumentEnvironment>(call_, std::move(view));
  co_return co_await Judge(std::move(program), call_, std::move(environment), functions_);
}

Task<std::optional<DocumentAccess>> RuleEvaluation::AccessTo(Value document, Value before) {
  if (static_access_) co_return *static_access_;
  View assigning;
  assigning.root = before.is(Type::kUndefined) ? document : before;
  std::optional<DocumentAccess> access;
  for (const Role& role : rules_.roles) {
    expression::Program apply_when = role.apply_when;
    View view = assigning;
    bool applies = co_await Holds(std::move(apply_when), std::move(view));
    if (!applies) continue;
    View whole;
    whole.root = std::move(document);
    whole.before = std::move(before);
    access = co_await Evaluate(&role, std::move(whole));
    break;
  }
  if (is_static()) static_access_ = access;
  co_return access;
}

Task<DocumentAccess> RuleEvaluation::Evaluate(const Role* role, View view) {
  DocumentAccess access;
  if (role->write) {
    expression::Program program = *role->write;
    View copy = view;
    access.write = co_await Holds(std::move(program), std::move(copy));
  }
  if (access.write == true) {
    access.read = true;
  } else if (role->read) {
    expression::Program program = *role->read;
    View copy = view;
    access.read = co_await Holds(std::move(program), std::move(copy));
  }
  if (role->insert) {
    expression::Program program = *role->insert;
    View copy = view;
    access.insert = co_await Holds(std::move(program), std::move(copy));
  }
  if (role->erase) {
    expression::Program program = *role->erase;
    View copy = view;
    access.erase = co_await Holds(std::move(program), std::move(copy));
  }
  if (!access.read || !access.write) co_await EvaluateFields(role, std::move(view), &access);
  co_return access;
}

Task<void> RuleEvaluation::EvaluateFields(const Role* role, View view, DocumentAccess* access) {
  for (const auto& [name, rule] : role->fields) {
    View part = view;
    part.field = PartOf(view.root, name);
    part.field_before = PartOf(view.before, name);
    FieldAccess field = co_await EvaluateField(&rule, std::move(part));
    access->fields[name] = std::move(field);
  }
  View nothing = view;
  access->additional = co_await EvaluateField(&role->additional, std::move(nothing));
  if (is_static()) co_return;
  // Each may have a value of its own for %%this.
  const std::vector<Value> documents = {view.root, view.before};
  for (const Value& document : documents) {
    if (!document.is(Type::kDocument)) continue;
    for (const Member& member : document.members()) {
      if (access->fields.contains(member.key)) continue;
      View part = view;
      part.field = PartOf(view.root, member.key);
      part.field_before = PartOf(view.before, member.key);
      FieldAccess field = co_await EvaluateField(&role->additional, std::move(part));
      access->fields[member.key] = std::move(field);
    }
  }
}

Task<FieldAccess> RuleEvaluation::EvaluateField(const FieldRule* rule, View view) {
  FieldAccess access;
  if (rule->write) {
    expression::Program program = *rule->write;
    View copy = view;
    access.write = co_await Holds(std::move(program), std::move(copy));
  }
  access.read = access.write;
  if (!access.read && rule->read) {
    expression::Program program = *rule->read;
    View copy = view;
    access.read = co_await Holds(std::move(program), std::move(copy));
  }
  for (const auto& [name, inner] : rule->fields) {
    View part = view;
    part.field = PartOf(view.field, name);
    part.field_before = PartOf(view.field_before, name);
    FieldAccess field = co_await EvaluateField(&inner, std::move(part));
    access.fields[name] = std::move(field);
  }
  co_return access;
}

Task<Attempt<Value>> RuleEvaluation::WithFilters(Value query) {
  std::vector<Value> parts;
  projections_.clear();
  if (!query.members().empty()) parts.push_back(std::move(query));
  for (const Filter& filter : rules_.filters) {
    expression::Program apply_when = filter.apply_when;
    View nothing;
    bool applies = co_await Holds(std::move(apply_when), std::move(nothing));
    if (!applies) continue;
    DocumentEnvironment environment(call_, View());
    absl::StatusOr<Value> own = expression::Substitute(filter.query, expression::Place::kDocumentRule, environment);
    if (!own.ok() || environment.broken()) {
      std::string_view why = own.ok() ? "the user's data cannot be read" : std::string_view(own.status().message());
      co_return Forbidden(
          absl::StrCat("the filter '", filter.name, "' of ", NamespaceOf(*call_), " cannot be applied: query.", why));
    }
    if (!own->members().empty()) parts.push_back(*std::move(own));
    if (filter.projection.is(Type::kDocument) && !filter.projection.members().empty()) {
      projections_.push_back(filter.projection);
    }
  }
  if (parts.empty()) co_return Value::Document({});
  if (parts.size() == 1) co_return std::move(parts[0]);
  co_return Value::Document({{"$and", Value::Array(std::move(parts))}});
}

ServiceFailure RuleEvaluation::Refusal(std::string_view what) const {
  return Forbidden(absl::StrCat("no matching rule found: ", call_->action, " of ", NamespaceOf(*call_), ": ", what));
}

Task<std::optional<ServiceFailure>> RuleEvaluation::RefuseInsert(Value document) {
  Value copy = document;
  std::optional<DocumentAccess> access = co_await AccessTo(std::move(copy), Value());
  if (!access) co_return Refusal("the user has no role for the new document");
  if (!access->insert) co_return Refusal("the role does not insert");
  if (!access->MayWrite(document)) co_return Refusal("the role does not write all fields of the new document");
  co_return co_await RefuseBySchema(std::move(document), Value());
}

Task<std::optional<ServiceFailure>> RuleEvaluation::RefuseUpdate(Value before, Value after) {
  Value next = after;
  Value previous = before;
  std::optional<DocumentAccess> access = co_await AccessTo(std::move(next), std::move(previous));
  if (!access) co_return Refusal("the user has no role for the document");
  if (!access->MayChange(before, after)) co_return Refusal("the role does not write a field that would change");
  co_return co_await RefuseBySchema(std::move(after), std::move(before));
}

Task<std::optional<ServiceFailure>> RuleEvaluation::RefuseErase(Value document) {
  std::optional<DocumentAccess> access = co_await AccessTo(std::move(document), Value());
  if (!access || !access->MayErase()) co_return Refusal("the role does not delete the document");
  co_return std::nullopt;
}

Task<std::optional<ServiceFailure>> RuleEvaluation::RefuseBySchema(Value document, Value before) {
  if (rules_.schema == nullptr) co_return std::nullopt;
  std::vector<Schema::Validation> validations;
  std::string fault = rules_.schema->FindFault(document, before, validations);
  for (Schema::Validation& validation : validations) {
    if (!fault.empty()) break;
    expression::Program program = *validation.program;
    View view{document, before, validation.field, validation.previous};
    bool holds = co_await Holds(std::move(program), std::move(view));
    if (!holds) fault = absl::StrCat(validation.path, validation.path.empty() ? "" : ": ", "`validate` does not hold");
  }
  if (fault.empty()) co_return std::nullopt;
  co_return ServiceFailure{
      "SchemaValidationFailedWrite",
      absl::StrCat("the document does not conform to the schema of ", NamespaceOf(*call_), ": ", fault), 0, ""};
}

}  // namespace overlock::executor
