#include "common/expression/tracer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/expression/conversion.h"
#include "common/expression/redact.h"

namespace overlock::expression {
namespace {

std::string_view NegationAt(std::string_view key) { return key.ends_with("not") ? "not" : "nor"; }

std::string_view OperatorOf(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::kConstant:
      return "constant";
    case Condition::Kind::kAny:
      return "or";
    case Condition::Kind::kNone:
      return NegationAt(condition.key);
    default:
      return "and";
  }
}

std::string_view OperatorOf(const Predicate& predicate) {
  switch (predicate.kind) {
    case Predicate::Kind::kEqual:
      return "eq";
    case Predicate::Kind::kNotEqual:
      return "ne";
    case Predicate::Kind::kGreater:
      return "gt";
    case Predicate::Kind::kGreaterOrEqual:
      return "gte";
    case Predicate::Kind::kLess:
      return "lt";
    case Predicate::Kind::kLessOrEqual:
      return "lte";
    case Predicate::Kind::kIn:
      return "in";
    case Predicate::Kind::kNotIn:
      return "nin";
    case Predicate::Kind::kExists:
    case Predicate::Kind::kMissing:
      return "exists";
    case Predicate::Kind::kContainsAll:
      return "all";
    case Predicate::Kind::kSize:
      return "size";
    case Predicate::Kind::kElementMatches:
      return "elemMatch";
    case Predicate::Kind::kType:
      return "type";
    case Predicate::Kind::kModulo:
      return "mod";
    case Predicate::Kind::kRegex:
      return "regex";
    case Predicate::Kind::kBits:
      return predicate.query->all ? (predicate.query->set ? "bitsAllSet" : "bitsAllClear")
                                  : (predicate.query->set ? "bitsAnySet" : "bitsAnyClear");
    case Predicate::Kind::kAll:
      return "and";
    case Predicate::Kind::kAny:
      return "or";
    case Predicate::Kind::kNone:
      return NegationAt(predicate.key);
  }
  return "and";
}

bool IsSecret(const Operand& operand, const Secrets& secrets) {
  if (operand.kind == Operand::Kind::kExpansion) {
    return operand.expansion.root == Root::kValues && secrets.names.contains(operand.expansion.member);
  }
  // What a function makes of its arguments is its own.
  if (operand.kind == Operand::Kind::kFunction) return false;
  return std::any_of(operand.items.begin(), operand.items.end(),
                     [&secrets](const Operand& item) { return IsSecret(item, secrets); });
}

std::string TextOf(const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::kExpansion:
      return TextOf(operand.expansion);
    case Operand::Kind::kFunction:
      return absl::StrCat("%function ", operand.name);
    case Operand::Kind::kStringToOid:
    case Operand::Kind::kOidToString:
    case Operand::Kind::kStringToUuid:
    case Operand::Kind::kUuidToString:
      return absl::StrCat(NameOf(operand.kind), " ", TextOf(operand.items[0]));
    default:
      return "";
  }
}

// {"%%true": <expression>} and {"%%false": <expression>} say whether the expression is true; they compare nothing else.
bool IsJudgement(const Predicate& predicate, const Operand& subject) {
  return predicate.kind == Predicate::Kind::kEqual && predicate.operand.kind == Operand::Kind::kCondition &&
         subject.kind == Operand::Kind::kLiteral && subject.literal.is(ejson::Value::Type::kBool);
}

// The first whose result is this; null if there is none.
Clause* FirstOf(Clause& clause, Clause::Result result) {
  for (Clause& part : clause.clauses) {
    if (part.result == result) return &part;
  }
  return nullptr;
}

// The part of the clause that gave it its result, down to where that is not one part's doing.
Clause& DecisiveIn(Clause& clause) {
  Clause* part = nullptr;
  if (clause.result == Clause::Result::kFailed) {
    part = FirstOf(clause, Clause::Result::kFailed);
  } else if (clause.clauses.size() == 1) {
    part = &clause.clauses[0];
  } else if (clause.op == "and") {
    if (clause.result == Clause::Result::kFalse) part = FirstOf(clause, Clause::Result::kFalse);
  } else if ((clause.op == "or") == (clause.result == Clause::Result::kTrue)) {
    part = FirstOf(clause, Clause::Result::kTrue);
  }
  return part == nullptr ? clause : DecisiveIn(*part);
}

}  // namespace

void Tracer::Push(std::string_view key, std::string_view op, bool implied) {
  Node node;
  node.path_bytes = path_.size();
  node.implied = implied;
  if (!key.empty()) absl::StrAppend(&path_, key[0] == '[' ? "" : ".", Bounded(key, Trace::kTextBytesMax));
  node.clause.path = path_;
  node.clause.op = std::string(op);
  open_.push_back(std::move(node));
}

void Tracer::Open(const Condition& condition) {
  const bool implied = condition.kind == Condition::Kind::kField ||
                       (condition.kind == Condition::Kind::kAll && !condition.key.ends_with("and"));
  Push(condition.key, OperatorOf(condition), implied);
  if (condition.kind == Condition::Kind::kConstant) {
    Show(ejson::Value::Bool(condition.constant), secrets_, open_.back().clause.value);
  }
}

void Tracer::Open(const Predicate& predicate, const Operand& subject) {
  if (IsJudgement(predicate, subject)) {
    const bool as_it_is = subject.literal.as_bool();
    Push(predicate.key, as_it_is ? "and" : "not", as_it_is);
    return;
  }
  const bool implied = predicate.kind == Predicate::Kind::kAll && !predicate.key.ends_with("and");
  Push(predicate.key, OperatorOf(predicate), implied);
  if (predicate.kind == Predicate::Kind::kExists || predicate.kind == Predicate::Kind::kMissing) {
    Show(ejson::Value::Bool(predicate.kind == Predicate::Kind::kExists), secrets_, open_.back().clause.value);
  }
}

void Tracer::Close(Clause::Result result) {
  Node node = std::move(open_.back());
  open_.pop_back();
  path_.resize(node.path_bytes);
  node.clause.result = result;
  if (node.implied && !node.dropped && node.clause.clauses.size() == 1) {
    Clause only = std::move(node.clause.clauses[0]);
    node.clause = std::move(only);
  } else {
    ++clauses_;
  }
  if (open_.empty()) {
    trace_.root = std::move(node.clause);
    return;
  }
  Node& parent = open_.back();
  const Clause::Result deciding = parent.clause.op == "and" ? Clause::Result::kFalse : Clause::Result::kTrue;
  if (clauses_ <= Trace::kClausesMax || result == deciding || result == Clause::Result::kFailed) {
    parent.clause.clauses.push_back(std::move(node.clause));
  } else {
    parent.dropped = trace_.cut = true;
  }
}

void Tracer::Skip(const Condition& condition) {
  Open(condition);
  if (condition.kind == Condition::Kind::kField && condition.predicates.size() == 1) {
    Skip(condition.predicates[0], condition.subject);
  } else if (condition.kind == Condition::Kind::kAll && condition.parts.size() == 1) {
    Skip(condition.parts[0]);
  }
  Close(Clause::Result::kNotEvaluated);
}

void Tracer::Skip(const Predicate& predicate, const Operand& subject) {
  Open(predicate, subject);
  if (predicate.kind == Predicate::Kind::kAll && predicate.parts.size() == 1) {
    Skip(predicate.parts[0], subject);
  } else if (IsJudgement(predicate, subject)) {
    Skip(*predicate.operand.condition);
  } else {
    Clause& clause = open_.back().clause;
    clause.field = DescribeUnread(subject);
    if (clause.op != "exists") clause.value = DescribeUnread(predicate.operand);
  }
  Close(Clause::Result::kNotEvaluated);
}

void Tracer::Field(const Operand& operand, const ejson::Value* value) {
  open_.back().clause.field = Describe(operand, value);
}

void Tracer::Value(const Operand& operand, const ejson::Value* value) {
  open_.back().clause.value = Describe(operand, value);
}

void Tracer::Failed(std::string why) { open_.back().clause.failure = Bounded(why, Trace::kValueBytesMax); }

Shown Tracer::Describe(const Operand& operand, const ejson::Value* value) const {
  Shown shown;
  shown.text = Bounded(TextOf(operand), Trace::kTextBytesMax);
  shown.missing = value == nullptr;
  if (value == nullptr) return shown;
  shown.masked = IsSecret(operand, secrets_);
  if (!shown.masked) Show(*value, secrets_, shown);
  return shown;
}

Shown Tracer::DescribeUnread(const Operand& operand) const {
  if (operand.kind == Operand::Kind::kLiteral) return Describe(operand, &operand.literal);
  Shown shown;
  shown.text = Bounded(TextOf(operand), Trace::kTextBytesMax);
  return shown;
}

Trace Tracer::Finish(bool value) && {
  trace_.value = value;
  if (!value) DecisiveIn(trace_.root).decisive = true;
  return std::move(trace_);
}

}  // namespace overlock::expression
