// Expressions and Extended JSON: any text is read or refused; what is read keeps its meaning when it is written and
// read again, an evaluation ends, and its trace comes to the same value, says why and shows no secret.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/ejson/compare.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/expression/program.h"
#include "common/expression/trace.h"

namespace {

using overlock::ejson::Value;
using namespace overlock::expression;

void Require(bool condition) {
  if (!condition) std::abort();
}

constexpr std::string_view kSecret = "sesame street";

// Has an answer to everything, of many types; answers as many calls as it has been told to.
class AnyEnvironment : public Environment {
 public:
  explicit AnyEnvironment(Value value) : value_(std::move(value)) { result_.value = value_; }
  const Value* Resolve(Root, std::string_view member) const override {
    return member.size() % 5 == 4 ? nullptr : &value_;
  }
  const Value* Header(std::string_view name) const override { return name.size() % 2 == 0 ? nullptr : &value_; }
  std::optional<std::string_view> Text(Root, std::string_view member) const override {
    return member.size() % 3 == 1 ? std::optional<std::string_view>("some text") : std::nullopt;
  }
  std::optional<bool> AnyHeader(std::string_view name, absl::FunctionRef<bool(std::string_view)> visit) const override {
    if (name.size() % 3 != 1) return std::nullopt;
    return visit("some text") || visit(kSecret);
  }
  const CallResult* ResultOf(int site) const override { return (answered_ >> site & 1) != 0 ? &result_ : nullptr; }
  void Answer(int site) { answered_ |= uint64_t{1} << site; }

 private:
  const Value value_;
  CallResult result_;
  uint64_t answered_ = 0;
};

Value SomeValue() {
  return *overlock::ejson::Parse(
      R"({"a":[{"b":1,"c":[1.5,{"$numberDecimal":"2"}]},{"b":"x"}],"id":{"$oid":"5e7f9a1b2c3d4e5f60718293"},"n":null,"s":["sesame street"]})");
}

int DecisiveIn(const Clause& clause) {
  int count = clause.decisive ? 1 : 0;
  for (const Clause& part : clause.clauses) count += DecisiveIn(part);
  return count;
}

bool Shows(const Clause& clause, std::string_view text) {
  if (clause.field.json.find(text) != std::string::npos) return true;
  // A literal is the expression's own.
  if (!clause.value.text.empty() && clause.value.json.find(text) != std::string::npos) return true;
  for (const Clause& part : clause.clauses) {
    if (Shows(part, text)) return true;
  }
  return false;
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
  const Secrets secrets{{"key"}, {std::string(kSecret)}};
  const Trace trace = program->Explain(environment, secrets);
  Require(trace.value == std::get<bool>(result));
  Require(DecisiveIn(trace.root) == (trace.value ? 0 : 1));
  Require(!Shows(trace.root, kSecret));
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
  CheckExpression(text, Place::kDocumentRule);
  CheckValue(text);
  return 0;
}
