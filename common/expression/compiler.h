// From an expression's JSON to its parsed form. For this library only.
#ifndef OVERLOCK_COMMON_EXPRESSION_COMPILER_H_
#define OVERLOCK_COMMON_EXPRESSION_COMPILER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/ejson/value.h"
#include "common/expression/node.h"
#include "common/expression/operators.h"
#include "common/expression/program.h"

namespace overlock::expression {

// Compiles one expression. Recursive: bounded by the depth of the JSON, which the caller limits.
class Compiler {
 public:
  explicit Compiler(Place place) : place_(place) {}

  absl::StatusOr<Condition> Compile(const ejson::Value& expression);
  int call_sites() const { return call_sites_; }

 private:
  // Whether %%true or %%false is compared, or anything else.
  enum class Subject { kConstant, kOther };
  class Step;

  absl::StatusOr<Condition> CompileField(const ejson::Member& member);
  // What a field's name stands for.
  absl::StatusOr<Operand> CompileSubject(std::string_view name);
  absl::StatusOr<Condition> CompileLogic(Condition::Kind kind, const ejson::Value& argument);
  // What stands beside a field: predicates that all must hold.
  absl::StatusOr<std::vector<Predicate>> CompileSide(const ejson::Value& side, Subject subject);
  absl::StatusOr<Predicate> CompilePredicate(Operator op, const ejson::Member& member, Subject subject);
  absl::StatusOr<Predicate> CompilePredicates(Predicate::Kind kind, const ejson::Value& argument, Subject subject);
  absl::StatusOr<Predicate> CompileExists(const ejson::Value& argument);
  absl::StatusOr<Operand> CompileOperand(const ejson::Value& value);
  absl::StatusOr<Operand> CompileItems(Operand::Kind kind, const ejson::Value& value);
  absl::StatusOr<Operand> CompileOperatorOperand(const ejson::Member& member);
  absl::StatusOr<Operand> CompileFunction(const ejson::Value& argument);
  absl::StatusOr<Operand> CompileConversion(Operator op, const ejson::Value& argument);
  absl::StatusOr<Operand> CompileExpansion(std::string_view text);
  absl::StatusOr<Operator> CompileOperator(std::string_view key);

  absl::Status Fault(std::string_view what) const;

  const Place place_;
  // Where the compiler is, for messages.
  std::string path_ = "expression";
  int call_sites_ = 0;
};

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_COMPILER_H_
