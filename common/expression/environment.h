// What the names in an expression stand for.
#ifndef OVERLOCK_COMMON_EXPRESSION_ENVIRONMENT_H_
#define OVERLOCK_COMMON_EXPRESSION_ENVIRONMENT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "common/ejson/value.h"

namespace overlock::expression {

// `%%user`, `%%request`, `%%values`, `%%environment`, in service rules `%%args`, and in rules of documents `%%root`,
// `%%prevRoot`, `%%this`, `%%prev`: the document and the field, after and before a write (spec section 10.2).
enum class Root { kUser, kRequest, kValues, kEnvironment, kArgs, kRoot, kPrevRoot, kThis, kPrev };

// How a call of `%function` ended.
struct CallResult {
  // It threw, ran into a limit, or does not exist: the whole expression is false.
  bool failed = false;
  // Why it failed, for a trace.
  std::string cause;
  // What it returned; undefined counts as missing.
  ejson::Value value;
};

// Asked only for what an evaluation meets, so values can be built when they are needed. What is returned must live, and
// stay the same, as long as the environment. Used by one thread at a time.
class Environment {
 public:
  virtual ~Environment() = default;

  // `%%<root>.<member>`, or `%%<root>` as a whole when `member` is empty; null if it does not exist. `member` is one of
  // those that spec section 10.2 lists for the root, or the name of a value or an argument; always empty from kRoot on.
  virtual const ejson::Value* Resolve(Root root, std::string_view member) const = 0;

  // `%%request.requestHeaders.<name>`: the values of the header lines with that name, in upper or lower case, as an
  // array of strings; null if there are none.
  virtual const ejson::Value* Header(std::string_view name) const = 0;

  // What Resolve() would make a string of, without making one; empty where it would not, or where the text is not at
  // hand.
  virtual std::optional<std::string_view> Text(Root, std::string_view /*member*/) const { return std::nullopt; }

  // Calls `visit` with each of the strings that Header() would make an array of, until it returns true; returns whether
  // it did. Empty where they are not at hand.
  virtual std::optional<bool> AnyHeader(std::string_view /*name*/,
                                        absl::FunctionRef<bool(std::string_view)> /*visit*/) const {
    return std::nullopt;
  }

  // How the call that PendingCall::site names ended; null if it has not been made.
  virtual const CallResult* ResultOf(int site) const = 0;
};

}  // namespace overlock::expression

#endif  // OVERLOCK_COMMON_EXPRESSION_ENVIRONMENT_H_
