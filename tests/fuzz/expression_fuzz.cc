// Expressions and Extended JSON: any text is read or refused; what is read keeps its meaning when it is written and
// read again, and an evaluation ends.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/ejson/compare.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/expression/program.h"

namespace {

using overlock::ejson::Value;
using namespace overlock::expression;

void Require(bool condition) {
  if (!condition) std::abort();
}

// Has an answer to everything, of many types; answers as many calls as it has been told to.
class AnyEnvironment : public Environment {
 public:
  explicit AnyEnvironment(Value value) : value_(std::move(value)) { result_.value = value_; }
  const Value* Resolve(Root, std::string_view member) const override {
    return member.size() % 5 == 4 ? nullptr : &value_;
  }
  const Value* Header(std::string_view name) const override { return name.size() % 2 == 0 ? nullptr : &value_; }
  const CallResult* ResultOf(int site) const override { return (answered_ >> site & 1) != 0 ? &result_ : nullptr; }
  void Answer(int site) { answered_ |= uint64_t{1} << site; }

 private:
  const Value value_;
  CallResult result_;
  uint64_t answered_ = 0;
};

Value SomeValue() {
  return *overlock::ejson::Parse(
      R"({"a":[{"b":1,"c":[1.5,{"$numberDecimal":"2"}]},{"b":"x"}],"id":{"$oid":"5e7f9a1b2c3d4e5f60718293"},"n":null})");
}

void CheckExpression(std::string_view text, Place place) {
  auto program = Program::Parse(text, place);
  if (!program.ok()) return;
  AnyEnvironment environment(SomeValue());
  Result result = program->Evaluate(environment);
  int calls = 0;
  while (auto* call = std::get_if<PendingCall>(&result)) {
    Require(++calls <= program->call_sites() && call->site < program->call_sites());
    environment.Answer(call->site);
    result = program->Evaluate(environment);
  }
}

void CheckValue(std::string_view text) {
  auto value = overlock::ejson::Parse(text);
  if (!value.ok()) return;
  std::string json = overlock::ejson::ToCanonicalJson(*value);
  auto again = overlock::ejson::Parse(json, {.depth_max = 300});
  Require(again.ok() && overlock::ejson::Equal(*value, *again));
  Require(overlock::ejson::ToCanonicalJson(*again) == json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckExpression(text, Place::kWebhook);
  CheckExpression(text, Place::kServiceRule);
  CheckValue(text);
  return 0;
}
