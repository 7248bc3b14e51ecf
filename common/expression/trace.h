// How an expression came to its value, for people.
#ifndef OVERLOCK_COMMON_EXPRESSION_TRACE_H_
#define OVERLOCK_COMMON_EXPRESSION_TRACE_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace overlock::expression {

// What a trace must not show.
struct Secrets {
  // Names of `%%values`: what is made of these is masked whole.
  absl::flat_hash_set<std::string> names;
  // Texts that are masked wherever they turn up, also inside a longer one.
  std::vector<std::string> texts;
};

// One side of a comparison.
struct Shown {
  // What stands for the value in the expression: `%%user.id`, `%function isWeekday`; empty for a literal. At most
  // Trace::kTextBytesMax bytes.
  std::string text;
  // The value as canonical Extended JSON, made from at most Trace::kValueBytesMax bytes of it; empty if there is none
  // to show.
  std::string json;
  // There is no value.
  bool missing = false;
  // Something of it, or all of it (then `json` is empty), is a secret.
  bool masked = false;
  // `json` is not all of it.
  bool cut = false;
};

// One clause of an expression.
struct Clause {
  enum class Result {
    kTrue,
    kFalse,
    // A function or a conversion in it failed, which makes the whole expression false.
    kFailed,
    // The answer was certain before.
    kNotEvaluated,
  };
  // As in faults: `expression.%or[1].%%user.id.%in`.
  std::string path;
  // `and`, `or`, `nor`, `not`, `constant`, or a comparison's: `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `in`, `nin`,
  // `exists`, `regex` .... Several fields, or several operators beside one, are an `and`.
  std::string op;
  // A comparison's two sides; `value` is a constant's too.
  Shown field;
  Shown value;
  Result result = Result::kNotEvaluated;
  // Why it failed.
  std::string failure;
  // This made the expression false.
  bool decisive = false;
  std::vector<Clause> clauses;
};

struct Trace {
  static constexpr size_t kClausesMax = 300;
  static constexpr size_t kTextBytesMax = 80;
  static constexpr size_t kValueBytesMax = 256;

  bool value = false;
  // The whole expression.
  Clause root;
  // There were more clauses than kClausesMax. What decided is among those that are here.
  bool cut = false;
};

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_TRACE_H_
