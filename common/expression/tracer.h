// Writes a trace while an expression is evaluated. For this library only.
#ifndef OVERLOCK_COMMON_EXPRESSION_TRACER_H_
#define OVERLOCK_COMMON_EXPRESSION_TRACER_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/ejson/value.h"
#include "common/expression/node.h"
#include "common/expression/trace.h"

namespace overlock::expression {

// Told of every node when its evaluation begins and ends, and of those that are not looked at.
class Tracer {
 public:
  // `secrets` must outlive it.
  explicit Tracer(const Secrets& secrets) : secrets_(secrets) {}

  void Open(const Condition& condition);
  void Open(const Predicate& predicate, const Operand& subject);
  // The innermost node that is open has come to an end.
  void Close(Clause::Result result);
  void Skip(const Condition& condition);
  void Skip(const Predicate& predicate, const Operand& subject);

  // Of the innermost node that is open. A null value is missing.
  void Field(const Operand& operand, const ejson::Value* value);
  void Value(const Operand& operand, const ejson::Value* value);
  void Failed(std::string why);

  // After the outermost node was closed.
  Trace Finish(bool value) &&;

 private:
  struct Node {
    Clause clause;
    // Of the path that the node was opened in.
    size_t path_bytes = 0;
    // No operator stands there.
    bool implied = false;
    bool dropped = false;
  };

  void Push(std::string_view key, std::string_view op, bool implied);
  Shown Describe(const Operand& operand, const ejson::Value* value) const;
  // Without the value of what would have to be evaluated.
  Shown DescribeUnread(const Operand& operand) const;

  const Secrets& secrets_;
  std::string path_ = "expression";
  std::vector<Node> open_;
  size_t clauses_ = 0;
  Trace trace_;
};

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_TRACER_H_
