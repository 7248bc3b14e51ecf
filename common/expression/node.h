// The parsed form of an expression. For this library only.
#ifndef OVERLOCK_COMMON_EXPRESSION_NODE_H_
#define OVERLOCK_COMMON_EXPRESSION_NODE_H_

#include <memory>
#include <string>
#include <vector>

#include "common/ejson/value.h"
#include "common/expression/environment.h"
#include "common/expression/expansion.h"
#include "common/expression/query.h"

namespace overlock::expression {

struct Condition;

// Has a value, or none (a path that does not exist).
struct Operand {
  enum class Kind {
    kLiteral,
    kExpansion,
    // An array or a document that is not all literal.
    kArray,
    kDocument,
    kFunction,
    kStringToOid,
    kOidToString,
    kStringToUuid,
    kUuidToString,
    // Its value is whether `condition` holds.
    kCondition,
  };
  Kind kind = Kind::kLiteral;
  ejson::Value literal;
  // For a literal only its path counts: where in the literal.
  Expansion expansion;
  // An array's items, a document's values, a function's arguments, a conversion's argument.
  std::vector<Operand> items;
  // A document's keys.
  std::vector<std::string> keys;
  // A function's name and call site.
  std::string name;
  int site = 0;
  std::unique_ptr<Condition> condition;
};

// Holds or does not hold for a subject.
struct Predicate {
  enum class Kind {
    kEqual,
    kNotEqual,
    kGreater,
    kGreaterOrEqual,
    kLess,
    kLessOrEqual,
    kIn,
    kNotIn,
    kExists,
    kMissing,
    // The field is an array with all of the operand's items, or as many items, or with one for which all of `parts`
    // hold.
    kContainsAll,
    kSize,
    kElementMatches,
    // As `query` says.
    kType,
    kModulo,
    kRegex,
    kBits,
    // All, one, none of `parts` hold.
    kAll,
    kAny,
    kNone,
  };
  Kind kind = Kind::kEqual;
  // What it stands under: `$gt`, `[1]` in an array; empty where nothing of its own.
  std::string key;
  Operand operand;
  std::vector<Predicate> parts;
  // Inside kElementMatches: where in the element.
  std::vector<std::string> path;
  // Shared, so that a predicate can be moved about.
  std::shared_ptr<const Query> query;
};

// Is true or false.
struct Condition {
  enum class Kind {
    kConstant,
    // All, one, none of `parts` are true.
    kAll,
    kAny,
    kNone,
    // All of `predicates` hold for `subject`.
    kField,
  };
  Kind kind = Kind::kConstant;
  // As a predicate's.
  std::string key;
  bool constant = true;
  std::vector<Condition> parts;
  Operand subject;
  std::vector<Predicate> predicates;
};

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_NODE_H_
