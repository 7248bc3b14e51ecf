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

// One evaluation. Recursive, as deep as the expression.
class Evaluator {
 public:
  explicit Evaluator(const Environment& environment) : environment_(environment) {}

  Result Evaluate(const Condition& condition);

 private:
  // Once a call is pending or has failed, nothing further matters: everything returns as fast as it can, and what it
  // returns is not looked at.
  bool stopped() const { return failed_ || pending_.has_value(); }

  bool Judge(const Condition& condition);
  bool AllHold(const std::vector<Predicate>& predicates, const Operand& subject);
  bool Holds(const Predicate& predicate, const Operand& subject);
  bool Compares(const Predicate& predicate, const Operand& subject);

  // Calls `visit` with each value that the subject has, until it returns true; returns whether it did.
  template <class Visit>
  bool AnyOf(const Operand& subject, const Visit& visit);

  // The operand's value, or null if it has none. `storage` holds it where nothing else does.
  const ejson::Value* ValueOf(const Operand& operand, ejson::Value& storage);
  const ejson::Value* ValueOfExpansion(const Expansion& expansion, ejson::Value& storage);
  const ejson::Value* ValueOfItems(const Operand& operand, ejson::Value& storage);
  const ejson::Value* ValueOfFunction(const Operand& operand);
  const ejson::Value* ValueOfConversion(const Operand& operand, ejson::Value& storage);
  const ejson::Value* Base(const Expansion& expansion);

  const Environment& environment_;
  bool failed_ = false;
  std::optional<PendingCall> pending_;
};

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_EVALUATOR_H_
