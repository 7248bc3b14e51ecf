// MongoDB's query operators.
#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/expression/compiler.h"
#include "common/status/status.h"

namespace overlock::expression {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

// Of a compiled pattern and of what its matching builds.
constexpr int64_t kRegexMemoryMax = 256 * 1024;
constexpr int64_t kBitsMax = 64;

bool IsWhole(const Value& value) {
  if (!value.is_number() || !WholeOf(value)) return false;
  return !value.is(Type::kDouble) || static_cast<double>(*WholeOf(value)) == value.as_double();
}

// The text of the $options beside a $regex; empty if there is none, null if it is no string.
std::optional<std::string> OptionsBeside(const Value& side) {
  for (const char* key : {"%options", "$options"}) {
    const Value* options = side.Find(key);
    if (options == nullptr) continue;
    return options->is(Type::kString) ? std::optional(options->as_string()) : std::nullopt;
  }
  return "";
}

Predicate MakePredicate(Predicate::Kind kind, const Value& argument) {
  Predicate predicate;
  predicate.kind = kind;
  // For traces.
  predicate.operand.literal = argument;
  return predicate;
}

Predicate::Kind KindOf(Operator op) {
  switch (op) {
    case Operator::kAll:
      return Predicate::Kind::kContainsAll;
    case Operator::kSize:
      return Predicate::Kind::kSize;
    case Operator::kType:
      return Predicate::Kind::kType;
    case Operator::kMod:
      return Predicate::Kind::kModulo;
    case Operator::kRegex:
      return Predicate::Kind::kRegex;
    default:
      return Predicate::Kind::kBits;
  }
}

}  // namespace

absl::StatusOr<Predicate> Compiler::CompileQuery(Operator op, const Value& argument, const Value& side) {
  if (op == Operator::kElemMatch) return CompileElementMatch(argument);
  if (op == Operator::kOptions) return Fault("needs a %regex beside it");
  Predicate predicate = MakePredicate(KindOf(op), argument);
  Query query;
  switch (op) {
    case Operator::kAll:
    case Operator::kSize: {
      OVERLOCK_ASSIGN_OR_RETURN(predicate.operand, CompileOperand(argument));
      if (predicate.operand.kind != Operand::Kind::kLiteral) return predicate;
      const Value& literal = predicate.operand.literal;
      if (op == Operator::kAll && !literal.is(Type::kArray)) return Fault("must be an array or an expansion");
      if (op == Operator::kSize && (!IsWhole(literal) || *WholeOf(literal) < 0)) {
        return Fault("must be a whole number, 0 or more, or an expansion");
      }
      return predicate;
    }
    case Operator::kType: {
      OVERLOCK_ASSIGN_OR_RETURN(query, CompileType(argument));
      break;
    }
    case Operator::kMod: {
      OVERLOCK_ASSIGN_OR_RETURN(query, CompileModulo(argument));
      break;
    }
    case Operator::kRegex: {
      std::optional<std::string> options = OptionsBeside(side);
      if (!options) return Fault("the options beside it must be a string");
      OVERLOCK_ASSIGN_OR_RETURN(query, CompileRegex(argument, *options));
      break;
    }
    default: {
      OVERLOCK_ASSIGN_OR_RETURN(query, CompileBits(op, argument));
      break;
    }
  }
  predicate.query = std::make_shared<const Query>(std::move(query));
  return predicate;
}

// Either operators for the elements, or fields of elements that are documents.
absl::StatusOr<Predicate> Compiler::CompileElementMatch(const Value& argument) {
  if (!argument.is(Type::kDocument) || argument.members().empty()) return Fault("must be an object that is not empty");
  Predicate predicate = MakePredicate(Predicate::Kind::kElementMatches, argument);
  if (LooksLikeOperator(argument.members()[0].key)) {
    OVERLOCK_ASSIGN_OR_RETURN(predicate.parts, CompileSide(argument, Subject::kOther));
    return predicate;
  }
  for (const Member& member : argument.members()) {
    Step step(*this, member.key);
    if (LooksLikeOperator(member.key) || IsExpansion(member.key))
      return Fault("must be a plain name, a field of the items");
    Predicate part;
    part.kind = Predicate::Kind::kAll;
    part.path = absl::StrSplit(member.key, '.');
    if (absl::c_linear_search(part.path, "")) return Fault("has an empty name in its path");
    OVERLOCK_ASSIGN_OR_RETURN(part.parts, CompileSide(member.value, Subject::kOther));
    predicate.parts.push_back(std::move(part));
  }
  return predicate;
}

absl::StatusOr<Query> Compiler::CompileType(const Value& argument) {
  const std::vector<Value> one = {argument};
  Query query;
  for (const Value& type : argument.is(Type::kArray) ? argument.items() : one) {
    uint32_t types = 0;
    if (type.is(Type::kString)) types = TypesNamed(type.as_string());
    if (IsWhole(type)) types = TypesNumbered(*WholeOf(type));
    if (types == 0) return Fault("must be a BSON type's name or number, such as \"string\" or 2, or an array of these");
    query.types |= types;
  }
  if (query.types == 0) return Fault("must name at least one type");
  return query;
}

absl::StatusOr<Query> Compiler::CompileModulo(const Value& argument) {
  Query query;
  bool good = argument.is(Type::kArray) && argument.items().size() == 2 && WholeOf(argument.items()[0]) &&
              WholeOf(argument.items()[1]) && *WholeOf(argument.items()[0]) != 0;
  if (!good) return Fault("must be [divisor, remainder], two numbers, the divisor not 0");
  query.divisor = *WholeOf(argument.items()[0]);
  query.remainder = *WholeOf(argument.items()[1]);
  return query;
}

absl::StatusOr<Query> Compiler::CompileBits(Operator op, const Value& argument) {
  Query query;
  query.set = op == Operator::kBitsAllSet || op == Operator::kBitsAnySet;
  query.all = op == Operator::kBitsAllSet || op == Operator::kBitsAllClear;
  bool good = false;
  if (argument.is(Type::kArray)) {
    good = true;
    for (const Value& position : argument.items()) {
      good = good && IsWhole(position) && *WholeOf(position) >= 0 && *WholeOf(position) < kBitsMax;
      if (good) query.mask |= uint64_t{1} << *WholeOf(position);
    }
  } else if (IsWhole(argument) && *WholeOf(argument) >= 0) {
    good = true;
    query.mask = static_cast<uint64_t>(*WholeOf(argument));
  }
  if (!good) return Fault("must be a mask, a whole number of 0 or more, or an array of bits' positions, 0 to 63");
  return query;
}

absl::StatusOr<Query> Compiler::CompileRegex(const Value& argument, std::string_view options) {
  std::string pattern, letters(options);
  if (argument.is(Type::kString)) {
    pattern = argument.as_string();
  } else if (argument.is(Type::kRegex)) {
    pattern = argument.as_regex().pattern;
    if (letters.empty()) letters = argument.as_regex().options;
  } else {
    return Fault("must be a regular expression as a string");
  }
  for (char letter : letters) {
    if (letter != 'i' && letter != 'm' && letter != 's' && letter != 'u') return Fault("has the options i, m, s and u");
  }
  std::erase(letters, 'u');
  if (regexes_++ == Program::kRegexesMax) {
    return Fault(absl::StrCat("more than ", Program::kRegexesMax, " regular expressions in one expression"));
  }
  re2::RE2::Options settings;
  settings.set_log_errors(false);
  settings.set_max_mem(kRegexMemoryMax);
  auto regex =
      std::make_shared<const re2::RE2>(letters.empty() ? pattern : absl::StrCat("(?", letters, ")", pattern), settings);
  if (!regex->ok()) return Fault(absl::StrCat("does not parse as a regular expression: ", regex->error()));
  Query query;
  query.regex = std::move(regex);
  return query;
}

}  // namespace overlock::expression
