// From an expression's JSON to its parsed form. For this library only.
#ifndef OVERLOCK_COMMON_EXPRESSION_COMPILER_H_
#define OVERLOCK_COMMON_EXPRESSION_COMPILER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
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
  bool names_document() const { return names_document_; }

 private:
  // Whether %%true or %%false is compared, or anything else.
  enum class Subject { kConstant, kOther };
  // Adds a step to the path for as long as it lives.
  class Step {
   public:
    Step(Compiler& compiler, std::string_view key) : compiler_(compiler), size_(compiler.path_.size()) {
      absl::StrAppend(&compiler_.path_, ".", key);
    }
    Step(Compiler& compiler, size_t index) : compiler_(compiler), size_(compiler.path_.size()) {
      absl::StrAppend(&compiler_.path_, "[", index, "]");
    }
    ~Step() { compiler_.path_.resize(size_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Compiler& compiler_;
    const size_t size_;
  };

  absl::StatusOr<Condition> CompileField(const ejson::Member& member);
  // What a field's name stands for.
  absl::StatusOr<Operand> CompileSubject(std::string_view name);
  absl::StatusOr<Condition> CompileLogic(Condition::Kind kind, const ejson::Value& argument);
  // What stands beside a field: predicates that all must hold.
  absl::StatusOr<std::vector<Predicate>> CompileSide(const ejson::Value& side, Subject subject);
  // `side` is where the member stands.
  absl::StatusOr<Predicate> CompilePredicate(Operator op, const ejson::Member& member, const ejson::Value& side,
                                             Subject subject);
  absl::StatusOr<Predicate> CompilePredicates(Predicate::Kind kind, const ejson::Value& argument, Subject subject);
  absl::StatusOr<Predicate> CompileExists(const ejson::Value& argument);
  // MongoDB's query operators; compiler_queries.cc.
  absl::StatusOr<Predicate> CompileQuery(Operator op, const ejson::Value& argument, const ejson::Value& side);
  absl::StatusOr<Predicate> CompileElementMatch(const ejson::Value& argument);
  absl::StatusOr<Query> CompileType(const ejson::Value& argument);
  absl::StatusOr<Query> CompileModulo(const ejson::Value& argument);
  absl::StatusOr<Query> CompileBits(Operator op, const ejson::Value& argument);
  absl::StatusOr<Query> CompileRegex(const ejson::Value& argument, std::string_view options);
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
  int regexes_ = 0;
  bool names_document_ = false;
};

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_COMPILER_H_
