#include "common/expression/evaluator.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/expression/conversion.h"
#include "common/expression/match.h"
#include "common/expression/trace.h"
#include "common/expression/tracer.h"

namespace overlock::expression {

using ejson::Value;

Result Evaluator::Evaluate(const Condition& condition) {
  bool value = Judge(condition);
  if (failed_) return false;
  if (pending_) return *std::move(pending_);
  return value;
}

bool Evaluator::Judge(const Condition& condition) {
  if (tracer_ == nullptr) return JudgeParts(condition);
  tracer_->Open(condition);
  return Traced(JudgeParts(condition));
}

bool Evaluator::JudgeParts(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::kConstant:
      return condition.constant;
    case Condition::Kind::kAll:
      return !OneIs(false, condition.parts);
    case Condition::Kind::kAny:
      return OneIs(true, condition.parts);
    case Condition::Kind::kNone:
      return !OneIs(true, condition.parts);
    case Condition::Kind::kField:
      return !OneIs(false, condition.predicates, condition.subject);
  }
  return false;
}

bool Evaluator::OneIs(bool wanted, const std::vector<Condition>& conditions) {
  for (size_t i = 0; i < conditions.size(); ++i) {
    if (Judge(conditions[i]) != wanted && !stopped()) continue;
    while (tracer_ != nullptr && ++i < conditions.size()) tracer_->Skip(conditions[i]);
    return true;
  }
  return false;
}

bool Evaluator::OneIs(bool wanted, const std::vector<Predicate>& predicates, const Operand& subject) {
  for (size_t i = 0; i < predicates.size(); ++i) {
    if (Holds(predicates[i], subject) != wanted && !stopped()) continue;
    while (tracer_ != nullptr && ++i < predicates.size()) tracer_->Skip(predicates[i], subject);
    return true;
  }
  return false;
}

bool Evaluator::Holds(const Predicate& predicate, const Operand& subject) {
  if (tracer_ == nullptr) return HoldParts(predicate, subject);
  tracer_->Open(predicate, subject);
  return Traced(HoldParts(predicate, subject));
}

bool Evaluator::HoldParts(const Predicate& predicate, const Operand& subject) {
  switch (predicate.kind) {
    case Predicate::Kind::kAll:
      return !OneIs(false, predicate.parts, subject);
    case Predicate::Kind::kAny:
      return OneIs(true, predicate.parts, subject);
    case Predicate::Kind::kNone:
      return !OneIs(true, predicate.parts, subject);
    case Predicate::Kind::kExists:
      return Exists(subject);
    case Predicate::Kind::kMissing:
      return !Exists(subject);
    case Predicate::Kind::kElementMatches:
    case Predicate::Kind::kType:
    case Predicate::Kind::kModulo:
    case Predicate::Kind::kRegex:
    case Predicate::Kind::kBits:
      return Satisfies(predicate, subject);
    default:
      return Compares(predicate, subject);
  }
}

bool Evaluator::Exists(const Operand& subject) {
  if (tracer_ != nullptr) TraceField(subject);
  return AnyOf(subject, false, [](const auto&) { return true; });
}

bool Evaluator::Compares(const Predicate& predicate, const Operand& subject) {
  if (tracer_ != nullptr) TraceField(subject);
  Value storage;
  const Value* operand = ValueOf(predicate.operand, storage);
  if (tracer_ != nullptr && !stopped()) tracer_->Value(predicate.operand, operand);
  // Also for the negative ones: a deny-list that is not there must not let everybody in.
  if (operand == nullptr) return false;
  const bool is_list = operand->is(Value::Type::kArray);
  auto equal = [operand](const auto& value) { return MatchesEqual(value, *operand); };
  auto in = [operand, is_list, &equal](const auto& value) {
    if (!is_list) return equal(value);
    return std::any_of(operand->items().begin(), operand->items().end(),
                       [&value](const Value& item) { return MatchesEqual(value, item); });
  };
  auto is_array = [](const Value& item) { return item.is(Value::Type::kArray); };
  switch (predicate.kind) {
    case Predicate::Kind::kEqual:
      return AnyOf(subject, is_list, equal);
    case Predicate::Kind::kNotEqual:
      return !AnyOf(subject, is_list, equal);
    case Predicate::Kind::kIn:
    case Predicate::Kind::kNotIn: {
      const bool as_one = is_list && std::any_of(operand->items().begin(), operand->items().end(), is_array);
      return AnyOf(subject, as_one, in) == (predicate.kind == Predicate::Kind::kIn);
    }
    case Predicate::Kind::kContainsAll:
      return ContainsAll(subject, *operand);
    case Predicate::Kind::kSize:
      return HasSize(subject, *operand);
    default:
      return AnyOf(subject, is_list, [&](const auto& value) { return MatchesOrder(predicate.kind, value, *operand); });
  }
}

bool Evaluator::ContainsAll(const Operand& subject, const Value& items) {
  if (!items.is(Value::Type::kArray) || items.items().empty()) return false;
  return std::all_of(items.items().begin(), items.items().end(), [&](const Value& item) {
    return AnyOf(subject, item.is(Value::Type::kArray),
                 [&item](const auto& value) { return MatchesEqual(value, item); });
  });
}

bool Evaluator::HasSize(const Operand& subject, const Value& size) {
  const std::optional<int64_t> wanted = WholeOf(size);
  if (!wanted) return false;
  auto has = [&wanted](const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Value>) {
      return value.is(Value::Type::kArray) && static_cast<int64_t>(value.items().size()) == *wanted;
    } else {
      return false;
    }
  };
  return AnyOf(subject, true, has);
}

bool Evaluator::Satisfies(const Predicate& predicate, const Operand& subject) {
  if (tracer_ != nullptr) {
    TraceField(subject);
    tracer_->Value(predicate.operand, &predicate.operand.literal);
  }
  if (predicate.kind == Predicate::Kind::kElementMatches) return ElementMatches(predicate, subject);
  const Query& query = *predicate.query;
  switch (predicate.kind) {
    case Predicate::Kind::kType:
      return AnyOf(subject, (query.types & BitOf(Value::Type::kArray)) != 0,
                   [&query](const auto& value) { return MatchesType(value, query); });
    case Predicate::Kind::kModulo:
      return AnyOf(subject, false, [&query](const auto& value) { return MatchesModulo(value, query); });
    case Predicate::Kind::kRegex:
      return AnyOf(subject, false, [&query](const auto& value) { return MatchesRegex(value, query); });
    default:
      return AnyOf(subject, false, [&query](const auto& value) { return MatchesBits(value, query); });
  }
}

bool Evaluator::ElementMatches(const Predicate& predicate, const Operand& subject) {
  // A trace has the whole field and not each of its items.
  Tracer* const tracer = std::exchange(tracer_, nullptr);
  auto matches = [&](const Value& item) {
    Operand element;
    element.literal = item;
    return std::all_of(predicate.parts.begin(), predicate.parts.end(), [&](const Predicate& part) {
      element.expansion.path = part.path;
      return Holds(part, element) && !stopped();
    });
  };
  auto has_one = [&](const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Value>) {
      return value.is(Value::Type::kArray) && std::any_of(value.items().begin(), value.items().end(), matches);
    } else {
      return false;
    }
  };
  const bool found = AnyOf(subject, true, has_one);
  tracer_ = tracer;
  return found;
}

template <class Visit>
bool Evaluator::AnyOf(const Operand& subject, bool as_one, const Visit& visit) {
  // A subject is a literal or an expansion.
  if (subject.kind == Operand::Kind::kLiteral) return AnyAlong(subject.literal, subject.expansion.path, visit);
  const Expansion& expansion = subject.expansion;
  if (expansion.path.empty()) {
    if (expansion.header.empty()) {
      if (auto text = environment_.Text(expansion.root, expansion.member)) return visit(*text);
    } else if (!as_one) {
      if (auto any = environment_.AnyHeader(expansion.header, visit)) return *any;
    }
  }
  const Value* base = Base(expansion);
  return base != nullptr && AnyAlong(*base, expansion.path, visit);
}

bool Evaluator::Traced(bool value) {
  if (stopped()) {
    tracer_->Close(failed_ ? Clause::Result::kFailed : Clause::Result::kNotEvaluated);
  } else {
    tracer_->Close(value ? Clause::Result::kTrue : Clause::Result::kFalse);
  }
  return value;
}

void Evaluator::TraceField(const Operand& subject) {
  Value storage;
  tracer_->Field(subject, ValueOf(subject, storage));
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
    if (result->failed && tracer_ != nullptr)
      tracer_->Failed(absl::StrCat("function ", operand.name, ": ", result->cause));
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
    if (tracer_ != nullptr) tracer_->Failed(absl::StrCat(NameOf(operand.kind), " needs ", WantedBy(operand.kind)));
    failed_ = true;
    return nullptr;
  }
  storage = *std::move(value);
  return &storage;
}

}  // namespace overlock::expression
