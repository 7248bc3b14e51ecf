#include "common/expression/operators.h"

#include "absl/strings/str_cat.h"

namespace overlock::expression {
namespace {

struct Entry {
  std::string_view name;
  Operator op;
};
constexpr Entry kOperators[] = {
    {"eq", Operator::kEq},
    {"ne", Operator::kNe},
    // The spelling of 2020.
    {"neq", Operator::kNe},
    {"gt", Operator::kGt},
    {"gte", Operator::kGte},
    {"lt", Operator::kLt},
    {"lte", Operator::kLte},
    {"in", Operator::kIn},
    {"nin", Operator::kNin},
    {"exists", Operator::kExists},
    {"all", Operator::kAll},
    {"size", Operator::kSize},
    {"elemMatch", Operator::kElemMatch},
    {"type", Operator::kType},
    {"mod", Operator::kMod},
    {"regex", Operator::kRegex},
    {"options", Operator::kOptions},
    {"bitsAllSet", Operator::kBitsAllSet},
    {"bitsAllClear", Operator::kBitsAllClear},
    {"bitsAnySet", Operator::kBitsAnySet},
    {"bitsAnyClear", Operator::kBitsAnyClear},
    {"and", Operator::kAnd},
    {"or", Operator::kOr},
    {"nor", Operator::kNor},
    {"not", Operator::kNot},
    {"function", Operator::kFunction},
    {"stringToOid", Operator::kStringToOid},
    {"oidToString", Operator::kOidToString},
    {"stringToUuid", Operator::kStringToUuid},
    {"uuidToString", Operator::kUuidToString},
};

}  // namespace

bool LooksLikeOperator(std::string_view key) {
  return key.starts_with('$') || (key.starts_with('%') && !key.starts_with("%%"));
}

std::optional<Operator> FindOperator(std::string_view key) {
  if (!LooksLikeOperator(key)) return std::nullopt;
  key.remove_prefix(1);
  for (const Entry& entry : kOperators) {
    if (entry.name == key) return entry.op;
  }
  return std::nullopt;
}

bool IsLogic(Operator op) {
  return op == Operator::kAnd || op == Operator::kOr || op == Operator::kNor || op == Operator::kNot;
}

bool MakesValue(Operator op) { return op >= Operator::kFunction; }

std::string OperatorNames() {
  std::string names;
  for (const Entry& entry : kOperators) absl::StrAppend(&names, names.empty() ? "%" : ", %", entry.name);
  return names;
}

}  // namespace overlock::expression
