// JSON expressions: parsed once, evaluated often (spec section 10).
#ifndef OVERLOCK_COMMON_EXPRESSION_PROGRAM_H_
#define OVERLOCK_COMMON_EXPRESSION_PROGRAM_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "common/ejson/value.h"
#include "common/expression/environment.h"

namespace overlock::expression {

struct Condition;
struct Trace;
struct Secrets;

// A call of `%function` that must be made before the expression has a value.
struct PendingCall {
  // Where it stands in the expression; from 0, less than Program::call_sites().
  int site = 0;
  std::string name;
  // Missing values are undefined.
  std::vector<ejson::Value> arguments;
};

// Where an expression stands; decides which names mean something.
enum class Place {
  // `can_evaluate` of a webhook: there is no document a plain name could belong to.
  kWebhook,
  // `when` of a service rule: there is `%%args`, and the plain name `url.host` means `%%args.url.host`.
  kServiceRule,
  // Rules and schemas of documents: there are `%%root`, `%%prevRoot`, `%%this` and `%%prev`, and the plain name `owner`
  // means `%%root.owner`.
  kDocumentRule,
};

// Whether the expression is true, or the call it waits for.
using Result = std::variant<bool, PendingCall>;

// An expression as it stands in a webhook's `can_evaluate`, in a service rule's `when` or in a role. Immutable, cheap
// to copy, thread-safe.
//
// Where the spec leaves a choice:
// - In `can_evaluate` a plain field name is a fault.
// - So are an unknown operator, an unknown expansion, an unknown member of %%user, %%request or %%environment: a
//   misspelt name would otherwise be a missing value, and `%nin` of a missing value is true.
// - A missing value equals nothing, null neither; it is `%ne` and `%nin` of everything. A comparison *with* a missing
//   value is false, whatever the operator.
// - Numbers are compared by what they are worth, exactly: as decimal digits where one of them is a Decimal128, without
//   rounding either.
// - gt, gte, lt and lte compare values of one kind only, numbers of all types being one kind; anything else is false.
// - Paths go into the documents of an array (`%%user.identities.id`), and into one item by its number.
// - A field whose value is an array is equal to, in, less than ... what one of its items is.
// - {"%%true": X} compares X's value with true, X being an expression, a function or an expansion.
// - A function that fails, and a conversion of something unsuitable, make the whole expression false.
// - MongoDB's operators $all, $size, $elemMatch, $type, $mod, $regex and $bits... are MongoDB's; those that need a
//   language of their own ($expr, $where, $jsonSchema), $text and the geospatial ones are unknown. Regular expressions
//   are RE2's: their time is bounded, and there are neither back references nor look-around.
// - `%function` without a field, as in {"%function": {...}}, holds if it returns true.
class Program {
 public:
  static constexpr int kDepthMax = 64;
  static constexpr size_t kTextBytesMax = 64 * 1024;
  static constexpr int kCallSitesMax = 32;
  static constexpr size_t kArgumentsMax = 64;
  static constexpr int kRegexesMax = 16;

  // INVALID_ARGUMENT (`EXPRESSION_INVALID`); the message begins with the path to the fault:
  // `expression.%or[1].%%user.id.%near: unknown operator`.
  static absl::StatusOr<Program> Parse(std::string_view json, Place place = Place::kWebhook);

  // Pure, and does not block. When it comes to a call whose result the environment does not have, it returns that call:
  // make it, put the result into the environment, evaluate again. Calls are asked for one by one,
  // from left to right, and none after the answer is certain.
  Result Evaluate(const Environment& environment) const;

  // Evaluates like Evaluate(), and writes down how. The environment must have the result of every call that Evaluate()
  // asks for: a clause that waits for one counts as not evaluated.
  Trace Explain(const Environment& environment, const Secrets& secrets) const;

  // How many calls there can be in one evaluation.
  int call_sites() const { return call_sites_; }

  // Whether its value depends on a document: one of Root::kRoot to kPrev stands in it.
  bool names_document() const { return names_document_; }

 private:
  Program(std::shared_ptr<const Condition> condition, int call_sites, bool names_document)
      : condition_(std::move(condition)), call_sites_(call_sites), names_document_(names_document) {}

  std::shared_ptr<const Condition> condition_;
  int call_sites_;
  bool names_document_;
};

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_PROGRAM_H_
