// Evaluates parsed expressions. For this library only.
#ifndef OVERLOCK_COMMON_EXPRESSION_EVALUATOR_H_
#define OVERLOCK_COMMON_EXPRESSION_EVALUATOR_H_

#include <optional>
#include <string>
#include <vector>

#include "common/ejson/value.h"
#include "common/expression/environment.h"
#include "common/expression/node.h"
#include "common/expression/program.h"

namespace overlock::expression {

class Tracer;

// One evaluation. Recursive, as deep as the expression. Without a tracer it allocates nothing, unless a function is
// called, a conversion makes a string, an array or a document must be put together, or %elemMatch looks into one.
class Evaluator {
 public:
  // Tells the tracer what it does, unless that is null. Both must outlive it.
  explicit Evaluator(const Environment& environment, Tracer* tracer = nullptr)
      : environment_(environment), tracer_(tracer) {}

  Result Evaluate(const Condition& condition);
  // The expansion's value, or null if it has none. `storage` holds it where nothing else does.
  const ejson::Value* ValueOfExpansion(const Expansion& expansion, ejson::Value& storage);

 private:
  // Once a call is pending or has failed, nothing further matters: everything returns as fast as it can, and what it
  // returns is not looked at.
  bool stopped() const { return failed_ || pending_.has_value(); }

  bool Judge(const Condition& condition);
  bool JudgeParts(const Condition& condition);
  bool Holds(const Predicate& predicate, const Operand& subject);
  bool HoldParts(const Predicate& predicate, const Operand& subject);
  bool Exists(const Operand& subject);
  bool Compares(const Predicate& predicate, const Operand& subject);
  bool Satisfies(const Predicate& predicate, const Operand& subject);
  bool ContainsAll(const Operand& subject, const ejson::Value& items);
  bool HasSize(const Operand& subject, const ejson::Value& size);
  bool ElementMatches(const Predicate& predicate, const Operand& subject);

  // Whether one of the predicates comes to `wanted`. What comes after it is not looked at.
  bool OneIs(bool wanted, const std::vector<Condition>& conditions);
  bool OneIs(bool wanted, const std::vector<Predicate>& predicates, const Operand& subject);

  // Calls `visit` with each value that the subject has, until it returns true; returns whether it did. What is a string
  // may come as std::string_view. `as_one` says that an array as a whole may matter too, and not only its items.
  template <class Visit>
  bool AnyOf(const Operand& subject, bool as_one, const Visit& visit);

  // Ends what the tracer was told of before.
  bool Traced(bool value);
  void TraceField(const Operand& subject);

  // The operand's value, or null if it has none. `storage` holds it where nothing else does.
  const ejson::Value* ValueOf(const Operand& operand, ejson::Value& storage);
  const ejson::Value* ValueOfItems(const Operand& operand, ejson::Value& storage);
  const ejson::Value* ValueOfFunction(const Operand& operand);
  const ejson::Value* ValueOfConversion(const Operand& operand, ejson::Value& storage);
  const ejson::Value* Base(const Expansion& expansion);

  const Environment& environment_;
  Tracer* tracer_;
  bool failed_ = false;
  std::optional<PendingCall> pending_;
};

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_EVALUATOR_H_
