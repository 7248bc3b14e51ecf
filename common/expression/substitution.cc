#include "common/expression/substitution.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/expression/conversion.h"
#include "common/expression/evaluator.h"
#include "common/expression/expansion.h"
#include "common/expression/operators.h"
#include "common/status/status.h"

namespace overlock::expression {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

std::optional<Operand::Kind> ConversionOf(std::string_view key) {
  std::optional<Operator> op = FindOperator(key);
  if (!op) return std::nullopt;
  switch (*op) {
    case Operator::kStringToOid:
      return Operand::Kind::kStringToOid;
    case Operator::kOidToString:
      return Operand::Kind::kOidToString;
    case Operator::kStringToUuid:
      return Operand::Kind::kStringToUuid;
    case Operator::kUuidToString:
      return Operand::Kind::kUuidToString;
    default:
      return std::nullopt;
  }
}

// As MongoDB writes it.
std::string QueryName(const std::string& key) {
  if (key.size() < 2 || key[0] != '%' || key[1] == '%') return key;
  return key == "%neq" ? "$ne" : absl::StrCat("$", std::string_view(key).substr(1));
}

class Substitution {
 public:
  Substitution(Place place, const Environment& environment) : place_(place), evaluator_(environment) {}

  absl::StatusOr<Value> Apply(const Value& value) {
    switch (value.type()) {
      case Type::kString:
        return IsExpansion(value.as_string()) ? Expand(value.as_string()) : value;
      case Type::kArray: {
        std::vector<Value> items;
        for (const Value& item : value.items()) {
          OVERLOCK_ASSIGN_OR_RETURN(Value replaced, Apply(item));
          items.push_back(std::move(replaced));
        }
        return Value::Array(std::move(items));
      }
      case Type::kDocument:
        return ApplyToDocument(value);
      default:
        return value;
    }
  }

 private:
  absl::StatusOr<Value> ApplyToDocument(const Value& document) {
    std::vector<Member> members;
    for (const Member& member : document.members()) {
      const size_t size = path_.size();
      absl::StrAppend(&path_, path_.empty() ? "" : ".", member.key);
      OVERLOCK_ASSIGN_OR_RETURN(Value replaced, Apply(member.value));
      if (std::optional<Operand::Kind> conversion = ConversionOf(member.key); conversion) {
        std::optional<Value> converted = Convert(*conversion, replaced);
        if (!converted) return Fault(absl::StatusCode::kFailedPrecondition, "cannot be converted");
        path_.resize(size);
        return *std::move(converted);
      }
      path_.resize(size);
      members.push_back({QueryName(member.key), std::move(replaced)});
    }
    return Value::Document(std::move(members));
  }

  absl::StatusOr<Value> Expand(const std::string& text) {
    absl::StatusOr<Expansion> expansion = ParseExpansion(text, place_);
    if (!expansion.ok()) return Fault(absl::StatusCode::kInvalidArgument, expansion.status().message());
    if (expansion->constant) return Value::Bool(*expansion->constant);
    Value storage;
    const Value* value = evaluator_.ValueOfExpansion(*expansion, storage);
    if (value == nullptr) return Fault(absl::StatusCode::kFailedPrecondition, absl::StrCat(text, " has no value"));
    return *value;
  }

  absl::Status Fault(absl::StatusCode code, std::string_view what) const {
    return Error(code, "EXPRESSION_INVALID", absl::StrCat(path_, ": ", what));
  }

  const Place place_;
  Evaluator evaluator_;
  std::string path_;
};

}  // namespace

absl::StatusOr<Value> Substitute(const Value& value, Place place, const Environment& environment) {
  return Substitution(place, environment).Apply(value);
}

}  // namespace overlock::expression
