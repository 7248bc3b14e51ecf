#include "common/expression/compiler.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ejson/compare.h"
#include "common/expression/conversion.h"
#include "common/expression/expansion.h"
#include "common/expression/program.h"
#include "common/status/status.h"

namespace overlock::expression {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

Operand LiteralOperand(Value value) {
  Operand operand;
  operand.literal = std::move(value);
  return operand;
}

Operand ConditionOperand(Condition condition) {
  Operand operand;
  operand.kind = Operand::Kind::kCondition;
  operand.condition = std::make_unique<Condition>(std::move(condition));
  return operand;
}

// An array or a document whose parts are all literal is a literal itself.
Operand Folded(Operand operand) {
  if (!std::all_of(operand.items.begin(), operand.items.end(),
                   [](const Operand& item) { return item.kind == Operand::Kind::kLiteral; })) {
    return operand;
  }
  std::vector<Value> items;
  std::vector<Member> members;
  for (size_t i = 0; i < operand.items.size(); ++i) {
    if (operand.kind == Operand::Kind::kArray) {
      items.push_back(std::move(operand.items[i].literal));
    } else {
      members.push_back({std::move(operand.keys[i]), std::move(operand.items[i].literal)});
    }
  }
  return LiteralOperand(operand.kind == Operand::Kind::kArray ? Value::Array(std::move(items))
                                                              : Value::Document(std::move(members)));
}

Predicate EqualTo(Operand operand) {
  Predicate predicate;
  predicate.operand = std::move(operand);
  return predicate;
}

// Whether what stands beside a field is an expression of its own, whose value is true or false, rather than a value or
// operators to apply to the field. `constant` says that the field is %%true or %%false.
bool IsNestedExpression(const Value& side, bool constant) {
  if (side.is(Type::kBool)) return constant;
  if (!side.is(Type::kDocument)) return false;
  if (side.members().empty()) return constant;
  for (const Member& member : side.members()) {
    if (IsExpansion(member.key)) return true;
    std::optional<Operator> op = FindOperator(member.key);
    if (op == Operator::kFunction && constant) return true;
    if (!op || !IsLogic(*op)) continue;
    if (*op == Operator::kNot) return IsNestedExpression(member.value, constant);
    if (!member.value.is(Type::kArray)) continue;
    const std::vector<Value>& items = member.value.items();
    if (std::any_of(items.begin(), items.end(), [&](const Value& v) { return IsNestedExpression(v, constant); })) {
      return true;
    }
  }
  return false;
}

bool HasOperator(const Value& side, Operator op) {
  return std::any_of(side.members().begin(), side.members().end(),
                     [op](const Member& member) { return FindOperator(member.key) == op; });
}

Predicate::Kind ComparisonOf(Operator op) {
  switch (op) {
    case Operator::kNe:
      return Predicate::Kind::kNotEqual;
    case Operator::kGt:
      return Predicate::Kind::kGreater;
    case Operator::kGte:
      return Predicate::Kind::kGreaterOrEqual;
    case Operator::kLt:
      return Predicate::Kind::kLess;
    case Operator::kLte:
      return Predicate::Kind::kLessOrEqual;
    case Operator::kIn:
      return Predicate::Kind::kIn;
    case Operator::kNin:
      return Predicate::Kind::kNotIn;
    default:
      return Predicate::Kind::kEqual;
  }
}

}  // namespace

absl::Status Compiler::Fault(std::string_view what) const {
  return Error(absl::StatusCode::kInvalidArgument, "EXPRESSION_INVALID", absl::StrCat(path_, ": ", what));
}

absl::StatusOr<Condition> Compiler::Compile(const Value& expression) {
  Condition condition;
  if (expression.is(Type::kBool)) {
    condition.constant = expression.as_bool();
    return condition;
  }
  if (!expression.is(Type::kDocument)) {
    return Fault(absl::StrCat("must be an object, true or false, not ", Describe(expression.type())));
  }
  condition.kind = Condition::Kind::kAll;
  for (const Member& member : expression.members()) {
    Step step(*this, member.key);
    OVERLOCK_ASSIGN_OR_RETURN(Condition part, CompileField(member));
    part.key = member.key;
    condition.parts.push_back(std::move(part));
  }
  return condition;
}

absl::StatusOr<Condition> Compiler::CompileField(const Member& member) {
  Condition field;
  field.kind = Condition::Kind::kField;
  if (!LooksLikeOperator(member.key)) {
    OVERLOCK_ASSIGN_OR_RETURN(field.subject, CompileSubject(member.key));
    bool constant = field.subject.kind == Operand::Kind::kLiteral;
    OVERLOCK_ASSIGN_OR_RETURN(field.predicates,
                              CompileSide(member.value, constant ? Subject::kConstant : Subject::kOther));
    return field;
  }
  OVERLOCK_ASSIGN_OR_RETURN(Operator op, CompileOperator(member.key));
  switch (op) {
    case Operator::kAnd:
      return CompileLogic(Condition::Kind::kAll, member.value);
    case Operator::kOr:
      return CompileLogic(Condition::Kind::kAny, member.value);
    case Operator::kNor:
      return CompileLogic(Condition::Kind::kNone, member.value);
    case Operator::kNot: {
      field.kind = Condition::Kind::kNone;
      OVERLOCK_ASSIGN_OR_RETURN(Condition negated, Compile(member.value));
      field.parts.push_back(std::move(negated));
      return field;
    }
    case Operator::kFunction: {
      field.subject = LiteralOperand(Value::Bool(true));
      OVERLOCK_ASSIGN_OR_RETURN(Operand function, CompileFunction(member.value));
      field.predicates.push_back(EqualTo(std::move(function)));
      return field;
    }
    default:
      return Fault("needs a field to apply to, as in {\"%%user.id\": {...}}");
  }
}

absl::StatusOr<Operand> Compiler::CompileSubject(std::string_view name) {
  if (IsExpansion(name)) return CompileExpansion(name);
  if (place_ == Place::kServiceRule) return CompileExpansion(absl::StrCat("%%args.", name));
  if (place_ == Place::kDocumentRule) return CompileExpansion(absl::StrCat("%%root.", name));
  return Fault(
      "a plain field name belongs to no document here; a field begins with %%true, %%false, %%values, %%user, "
      "%%request or %%environment");
}

absl::StatusOr<Condition> Compiler::CompileLogic(Condition::Kind kind, const Value& argument) {
  if (!argument.is(Type::kArray) || argument.items().empty())
    return Fault("must be an array of at least one expression");
  Condition condition;
  condition.kind = kind;
  for (size_t i = 0; i < argument.items().size(); ++i) {
    Step step(*this, i);
    OVERLOCK_ASSIGN_OR_RETURN(Condition part, Compile(argument.items()[i]));
    part.key = absl::StrCat("[", i, "]");
    condition.parts.push_back(std::move(part));
  }
  return condition;
}

absl::StatusOr<std::vector<Predicate>> Compiler::CompileSide(const Value& side, Subject subject) {
  std::vector<Predicate> predicates;
  if (IsNestedExpression(side, subject == Subject::kConstant)) {
    OVERLOCK_ASSIGN_OR_RETURN(Condition condition, Compile(side));
    predicates.push_back(EqualTo(ConditionOperand(std::move(condition))));
    return predicates;
  }
  if (side.is(Type::kRegex)) {
    OVERLOCK_ASSIGN_OR_RETURN(Predicate predicate, CompileQuery(Operator::kRegex, side, side));
    predicates.push_back(std::move(predicate));
    return predicates;
  }
  bool operators =
      side.is(Type::kDocument) && std::any_of(side.members().begin(), side.members().end(),
                                              [](const Member& member) { return LooksLikeOperator(member.key); });
  if (!operators) {
    OVERLOCK_ASSIGN_OR_RETURN(Operand operand, CompileOperand(side));
    predicates.push_back(EqualTo(std::move(operand)));
    return predicates;
  }
  for (const Member& member : side.members()) {
    Step step(*this, member.key);
    // It belongs to the %regex beside it.
    if (FindOperator(member.key) == Operator::kOptions && HasOperator(side, Operator::kRegex)) continue;
    if (!LooksLikeOperator(member.key)) return Fault("a plain name cannot stand beside operators");
    OVERLOCK_ASSIGN_OR_RETURN(Operator op, CompileOperator(member.key));
    OVERLOCK_ASSIGN_OR_RETURN(Predicate predicate, CompilePredicate(op, member, side, subject));
    predicate.key = member.key;
    predicates.push_back(std::move(predicate));
  }
  return predicates;
}

absl::StatusOr<Predicate> Compiler::CompilePredicate(Operator op, const Member& member, const Value& side,
                                                     Subject subject) {
  const Value& argument = member.value;
  switch (op) {
    case Operator::kAnd:
      return CompilePredicates(Predicate::Kind::kAll, argument, subject);
    case Operator::kOr:
      return CompilePredicates(Predicate::Kind::kAny, argument, subject);
    case Operator::kNor:
      return CompilePredicates(Predicate::Kind::kNone, argument, subject);
    case Operator::kNot: {
      Predicate all, none;
      all.kind = Predicate::Kind::kAll;
      OVERLOCK_ASSIGN_OR_RETURN(all.parts, CompileSide(argument, subject));
      none.kind = Predicate::Kind::kNone;
      none.parts.push_back(std::move(all));
      return none;
    }
    case Operator::kExists:
      return CompileExists(argument);
    case Operator::kIn:
    case Operator::kNin:
      // One of Stitch's own templates has a bare string here.
      if (!argument.is(Type::kArray) && !argument.is(Type::kString) && !argument.is(Type::kDocument)) {
        return Fault("must be an array or an expansion");
      }
      break;
    case Operator::kEq:
    case Operator::kNe:
    case Operator::kGt:
    case Operator::kGte:
    case Operator::kLt:
    case Operator::kLte:
      break;
    default:
      if (!MakesValue(op)) return CompileQuery(op, argument, side);
      break;
  }
  Predicate predicate;
  predicate.kind = ComparisonOf(op);
  if (MakesValue(op)) {
    OVERLOCK_ASSIGN_OR_RETURN(predicate.operand, CompileOperatorOperand(member));
  } else {
    OVERLOCK_ASSIGN_OR_RETURN(predicate.operand, CompileOperand(argument));
  }
  return predicate;
}

absl::StatusOr<Predicate> Compiler::CompilePredicates(Predicate::Kind kind, const Value& argument, Subject subject) {
  if (!argument.is(Type::kArray) || argument.items().empty()) return Fault("must be an array of at least one item");
  Predicate predicate;
  predicate.kind = kind;
  for (size_t i = 0; i < argument.items().size(); ++i) {
    Step step(*this, i);
    Predicate part;
    part.kind = Predicate::Kind::kAll;
    part.key = absl::StrCat("[", i, "]");
    OVERLOCK_ASSIGN_OR_RETURN(part.parts, CompileSide(argument.items()[i], subject));
    predicate.parts.push_back(std::move(part));
  }
  return predicate;
}

absl::StatusOr<Predicate> Compiler::CompileExists(const Value& argument) {
  OVERLOCK_ASSIGN_OR_RETURN(Operand operand, CompileOperand(argument));
  const Value& flag = operand.literal;
  bool constant = operand.kind == Operand::Kind::kLiteral;
  Predicate predicate;
  if (constant && (ejson::Equal(flag, Value::Bool(true)) || ejson::Equal(flag, Value::Int32(1)))) {
    predicate.kind = Predicate::Kind::kExists;
  } else if (constant && (ejson::Equal(flag, Value::Bool(false)) || ejson::Equal(flag, Value::Int32(0)))) {
    predicate.kind = Predicate::Kind::kMissing;
  } else {
    return Fault("must be true, false, 1 or 0");
  }
  return predicate;
}

absl::StatusOr<Operand> Compiler::CompileOperand(const Value& value) {
  switch (value.type()) {
    case Type::kString:
      if (IsExpansion(value.as_string())) return CompileExpansion(value.as_string());
      return LiteralOperand(value);
    case Type::kRegex:
      return Fault("a regular expression can stand beside a field only, or in %regex or %not");
    case Type::kArray:
      return CompileItems(Operand::Kind::kArray, value);
    case Type::kDocument:
      break;
    default:
      return LiteralOperand(value);
  }
  if (IsNestedExpression(value, /*constant=*/false)) {
    OVERLOCK_ASSIGN_OR_RETURN(Condition condition, Compile(value));
    return ConditionOperand(std::move(condition));
  }
  if (value.members().size() == 1 && LooksLikeOperator(value.members()[0].key)) {
    Step step(*this, value.members()[0].key);
    return CompileOperatorOperand(value.members()[0]);
  }
  return CompileItems(Operand::Kind::kDocument, value);
}

absl::StatusOr<Operand> Compiler::CompileItems(Operand::Kind kind, const Value& value) {
  Operand result;
  result.kind = kind;
  if (kind == Operand::Kind::kArray) {
    for (size_t i = 0; i < value.items().size(); ++i) {
      Step step(*this, i);
      OVERLOCK_ASSIGN_OR_RETURN(Operand item, CompileOperand(value.items()[i]));
      result.items.push_back(std::move(item));
    }
  } else {
    for (const Member& member : value.members()) {
      Step step(*this, member.key);
      if (LooksLikeOperator(member.key)) {
        OVERLOCK_RETURN_IF_ERROR(CompileOperator(member.key).status());
        return Fault("an operator cannot stand beside other names in a value");
      }
      OVERLOCK_ASSIGN_OR_RETURN(Operand item, CompileOperand(member.value));
      result.keys.push_back(member.key);
      result.items.push_back(std::move(item));
    }
  }
  return Folded(std::move(result));
}

absl::StatusOr<Operand> Compiler::CompileOperatorOperand(const Member& member) {
  OVERLOCK_ASSIGN_OR_RETURN(Operator op, CompileOperator(member.key));
  if (op == Operator::kFunction) return CompileFunction(member.value);
  if (MakesValue(op)) return CompileConversion(op, member.value);
  return Fault("has no value of its own; here a value is needed");
}

absl::StatusOr<Operand> Compiler::CompileFunction(const Value& argument) {
  const Value* name = argument.Find("name");
  const Value* arguments = argument.Find("arguments");
  if (!argument.is(Type::kDocument) || name == nullptr || !name->is(Type::kString) || name->as_string().empty()) {
    return Fault("must be {\"name\": <a function's name>, \"arguments\": [...]}");
  }
  if (argument.members().size() != (arguments == nullptr ? 1 : 2)) return Fault("has only the keys name and arguments");
  Operand function;
  function.kind = Operand::Kind::kFunction;
  function.name = name->as_string();
  if (arguments != nullptr) {
    Step step(*this, "arguments");
    if (!arguments->is(Type::kArray)) return Fault(absl::StrCat("must be an array, not ", Describe(arguments->type())));
    if (arguments->items().size() > Program::kArgumentsMax) {
      return Fault(absl::StrCat("more than ", Program::kArgumentsMax, " arguments"));
    }
    for (size_t i = 0; i < arguments->items().size(); ++i) {
      Step index(*this, i);
      OVERLOCK_ASSIGN_OR_RETURN(Operand item, CompileOperand(arguments->items()[i]));
      function.items.push_back(std::move(item));
    }
  }
  if (call_sites_ == Program::kCallSitesMax) {
    return Fault(absl::StrCat("more than ", Program::kCallSitesMax, " functions in one expression"));
  }
  function.site = call_sites_++;
  return function;
}

absl::StatusOr<Operand> Compiler::CompileConversion(Operator op, const Value& argument) {
  Operand conversion;
  switch (op) {
    case Operator::kStringToOid:
      conversion.kind = Operand::Kind::kStringToOid;
      break;
    case Operator::kOidToString:
      conversion.kind = Operand::Kind::kOidToString;
      break;
    case Operator::kStringToUuid:
      conversion.kind = Operand::Kind::kStringToUuid;
      break;
    default:
      conversion.kind = Operand::Kind::kUuidToString;
  }
  OVERLOCK_ASSIGN_OR_RETURN(Operand operand, CompileOperand(argument));
  if (operand.kind == Operand::Kind::kLiteral) {
    std::optional<Value> value = Convert(conversion.kind, operand.literal);
    if (!value) return Fault(absl::StrCat("must be ", WantedBy(conversion.kind), " or an expansion"));
    return LiteralOperand(*std::move(value));
  }
  if (operand.kind != Operand::Kind::kExpansion) {
    return Fault(absl::StrCat("must be ", WantedBy(conversion.kind), " or an expansion"));
  }
  conversion.items.push_back(std::move(operand));
  return conversion;
}

absl::StatusOr<Operand> Compiler::CompileExpansion(std::string_view text) {
  absl::StatusOr<Expansion> expansion = ParseExpansion(text, place_);
  if (!expansion.ok()) return Fault(expansion.status().message());
  if (expansion->constant) return LiteralOperand(Value::Bool(*expansion->constant));
  names_document_ = names_document_ || expansion->root >= Root::kRoot;
  Operand operand;
  operand.kind = Operand::Kind::kExpansion;
  operand.expansion = *std::move(expansion);
  return operand;
}

absl::StatusOr<Operator> Compiler::CompileOperator(std::string_view key) {
  std::optional<Operator> op = FindOperator(key);
  if (!op) return Fault(absl::StrCat("unknown operator; there are ", OperatorNames()));
  return *op;
}

}  // namespace overlock::expression
