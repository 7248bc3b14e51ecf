#include "common/expression/evaluator.h"

#include <algorithm>
#include <utility>

#include "common/expression/conversion.h"
#include "common/expression/match.h"

namespace overlock::expression {

using ejson::Value;

Result Evaluator::Evaluate(const Condition& condition) {
  bool value = Judge(condition);
  if (failed_) return false;
  if (pending_) return *std::move(pending_);
  return value;
}

bool Evaluator::Judge(const Condition& condition) {
  auto holds = [this](const Condition& part) { return Judge(part) || stopped(); };
  auto fails = [this](const Condition& part) { return !Judge(part) || stopped(); };
  switch (condition.kind) {
    case Condition::Kind::kConstant:
      return condition.constant;
    case Condition::Kind::kAll:
      return std::none_of(condition.parts.begin(), condition.parts.end(), fails);
    case Condition::Kind::kAny:
      return std::any_of(condition.parts.begin(), condition.parts.end(), holds);
    case Condition::Kind::kNone:
      return std::none_of(condition.parts.begin(), condition.parts.end(), holds);
    case Condition::Kind::kField:
      return AllHold(condition.predicates, condition.subject);
  }
  return false;
}

bool Evaluator::AllHold(const std::vector<Predicate>& predicates, const Operand& subject) {
  return std::all_of(predicates.begin(), predicates.end(),
                     [&](const Predicate& predicate) { return Holds(predicate, subject) && !stopped(); });
}

bool Evaluator::Holds(const Predicate& predicate, const Operand& subject) {
  auto holds = [&](const Predicate& part) { return Holds(part, subject) || stopped(); };
  switch (predicate.kind) {
    case Predicate::Kind::kAll:
      return AllHold(predicate.parts, subject);
    case Predicate::Kind::kAny:
      return std::any_of(predicate.parts.begin(), predicate.parts.end(), holds);
    case Predicate::Kind::kNone:
      return std::none_of(predicate.parts.begin(), predicate.parts.end(), holds);
    case Predicate::Kind::kExists:
      return AnyOf(subject, [](const Value&) { return true; });
    case Predicate::Kind::kMissing:
      return !AnyOf(subject, [](const Value&) { return true; });
    default:
      return Compares(predicate, subject);
  }
}

bool Evaluator::Compares(const Predicate& predicate, const Operand& subject) {
  Value storage;
  const Value* operand = ValueOf(predicate.operand, storage);
  // Also for the negative ones: a deny-list that is not there must not let everybody in.
  if (operand == nullptr) return false;
  auto equal = [operand](const Value& value) { return MatchesEqual(value, *operand); };
  auto in = [operand, &equal](const Value& value) {
    if (!operand->is(Value::Type::kArray)) return equal(value);
    return std::any_of(operand->items().begin(), operand->items().end(),
                       [&value](const Value& item) { return MatchesEqual(value, item); });
  };
  switch (predicate.kind) {
    case Predicate::Kind::kEqual:
      return AnyOf(subject, equal);
    case Predicate::Kind::kNotEqual:
      return !AnyOf(subject, equal);
    case Predicate::Kind::kIn:
      return AnyOf(subject, in);
    case Predicate::Kind::kNotIn:
      return !AnyOf(subject, in);
    default:
      return AnyOf(subject, [&](const Value& value) { return MatchesOrder(predicate.kind, value, *operand); });
  }
}

template <class Visit>
bool Evaluator::AnyOf(const Operand& subject, const Visit& visit) {
  // A subject is a literal or an expansion.
  if (subject.kind == Operand::Kind::kLiteral) return visit(subject.literal);
  const Value* base = Base(subject.expansion);
  return base != nullptr && AnyAlong(*base, subject.expansion.path, visit);
}

const Value* Evaluator::Base(const Expansion& expansion) {
  if (!expansion.header.empty()) return environment_.Header(expansion.header);
  return environment_.Resolve(expansion.root, expansion.member);
}

const Value* Evaluator::ValueOf(const Operand& operand, Value& storage) {
  if (stopped()) return nullptr;
  switch (operand.kind) {
    case Operand::Kind::kLiteral:
      return &operand.literal;
    case Operand::Kind::kExpansion:
      return ValueOfExpansion(operand.expansion, storage);
    case Operand::Kind::kArray:
    case Operand::Kind::kDocument:
      return ValueOfItems(operand, storage);
    case Operand::Kind::kFunction:
      return ValueOfFunction(operand);
    case Operand::Kind::kCondition: {
      bool value = Judge(*operand.condition);
      if (stopped()) return nullptr;
      storage = Value::Bool(value);
      return &storage;
    }
    default:
      return ValueOfConversion(operand, storage);
  }
}

const Value* Evaluator::ValueOfExpansion(const Expansion& expansion, Value& storage) {
  const Value* value = Base(expansion);
  bool through_array = false;
  for (const std::string& name : expansion.path) {
    if (value == nullptr) return nullptr;
    through_array = value->is(Value::Type::kArray);
    if (through_array) break;
    value = value->Find(name);
  }
  if (!through_array) return value;
  // A path through an array has many ends: together they are an array, unless each step was by number.
  std::vector<Value> ends;
  AnyAlong(*Base(expansion), expansion.path, [&ends](const Value& end) {
    ends.push_back(end);
    return false;
  });
  if (ends.empty()) return nullptr;
  size_t index;
  bool by_number = std::any_of(expansion.path.begin(), expansion.path.end(),
                               [&index](const std::string& name) { return absl::SimpleAtoi(name, &index); });
  storage = by_number && ends.size() == 1 ? std::move(ends[0]) : Value::Array(std::move(ends));
  return &storage;
}

const Value* Evaluator::ValueOfItems(const Operand& operand, Value& storage) {
  std::vector<Value> items;
  std::vector<ejson::Member> members;
  for (size_t i = 0; i < operand.items.size(); ++i) {
    Value item_storage;
    const Value* item = ValueOf(operand.items[i], item_storage);
    if (stopped()) return nullptr;
    if (item == nullptr) continue;
    if (operand.kind == Operand::Kind::kArray) {
      items.push_back(*item);
    } else {
      members.push_back({operand.keys[i], *item});
    }
  }
  storage =
      operand.kind == Operand::Kind::kArray ? Value::Array(std::move(items)) : Value::Document(std::move(members));
  return &storage;
}

const Value* Evaluator::ValueOfFunction(const Operand& operand) {
  if (const CallResult* result = environment_.ResultOf(operand.site)) {
    failed_ = failed_ || result->failed;
    return result->failed || result->value.is(Value::Type::kUndefined) ? nullptr : &result->value;
  }
  PendingCall call;
  call.site = operand.site;
  call.name = operand.name;
  for (const Operand& item : operand.items) {
    Value storage;
    const Value* argument = ValueOf(item, storage);
    if (stopped()) return nullptr;
    call.arguments.push_back(argument == nullptr ? Value() : *argument);
  }
  pending_ = std::move(call);
  return nullptr;
}

const Value* Evaluator::ValueOfConversion(const Operand& operand, Value& storage) {
  Value argument_storage;
  const Value* argument = ValueOf(operand.items[0], argument_storage);
  if (stopped()) return nullptr;
  std::optional<Value> value;
  if (argument != nullptr) value = Convert(operand.kind, *argument);
  if (!value) {
    failed_ = true;
    return nullptr;
  }
  storage = *std::move(value);
  return &storage;
}

}  // namespace overlock::expression
