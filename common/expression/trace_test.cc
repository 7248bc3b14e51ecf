// What a trace says of an evaluation, and what it does not show.
#include "common/expression/trace.h"

#include <map>
#include <string>
#include <vector>

#include "common/ejson/parse.h"
#include "common/expression/program.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::expression {
namespace {

using ejson::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Has what it was given, by root and member; all calls have failed, or returned true.
class GivenEnvironment : public Environment {
 public:
  const Value* Resolve(Root root, std::string_view member) const override {
    auto it = values_.find({root, std::string(member)});
    return it == values_.end() ? nullptr : &it->second;
  }
  const Value* Header(std::string_view) const override { return nullptr; }
  const CallResult* ResultOf(int) const override { return &result_; }

  void Give(Root root, const std::string& member, const std::string& json) {
    values_[{root, member}] = ejson::Parse(json).value();
  }

  std::map<std::pair<Root, std::string>, Value> values_;
  CallResult result_;
};

class TraceTest : public ::testing::Test {
 protected:
  TraceTest() {
    environment_.Give(Root::kRequest, "httpMethod", R"("POST")");
    environment_.Give(Root::kValues, "limit", "15");
    environment_.Give(Root::kValues, "key", R"("sesame street")");
    environment_.result_.value = Value::Bool(true);
    secrets_.names = {"key"};
    secrets_.texts = {"sesame street"};
  }
  Trace Explain(std::string_view json, Place place = Place::kWebhook) {
    auto program = Program::Parse(json, place);
    EXPECT_THAT(program, IsOk());
    Trace trace = program->Explain(environment_, secrets_);
    EXPECT_EQ(trace.value, std::get<bool>(program->Evaluate(environment_))) << json;
    return trace;
  }
  static void AddLines(const Clause& clause, const std::string& indent, std::vector<std::string>& lines) {
    constexpr const char* kResults[] = {"true", "false", "failed", "-"};
    lines.push_back(indent + kResults[static_cast<int>(clause.result)] + " " + clause.path + " " + clause.op +
                    (clause.decisive ? " *" : ""));
    for (const Clause& part : clause.clauses) AddLines(part, indent + " ", lines);
  }
  static std::vector<std::string> Lines(const Trace& trace) {
    std::vector<std::string> lines;
    AddLines(trace.root, "", lines);
    return lines;
  }

  GivenEnvironment environment_;
  Secrets secrets_;
};

TEST_F(TraceTest, NamesTheClauseThatMadeItFalseAndWhatWasNotEvaluated) {
  EXPECT_THAT(Lines(Explain(R"({"%%values.limit":15,"%%request.httpMethod":"GET","%%user.id":"u"})")),
              ElementsAre("false expression and", " true expression.%%values.limit eq",
                          " false expression.%%request.httpMethod eq *", " - expression.%%user.id eq"));
}

TEST_F(TraceTest, HasNoNodeForWhatHasOnePart) {
  EXPECT_THAT(Lines(Explain(R"({"%%values.limit":{"%gt":20}})")),
              ElementsAre("false expression.%%values.limit.%gt gt *"));
  EXPECT_THAT(Lines(Explain(R"({"%%values.limit":{"$gte":10,"$lt":15}})")),
              ElementsAre("false expression.%%values.limit and", " true expression.%%values.limit.$gte gte",
                          " false expression.%%values.limit.$lt lt *"));
}

TEST_F(TraceTest, SaysOfAnOrThatAllOfItIsFalse) {
  EXPECT_THAT(Lines(Explain(R"({"%or":[{"%%values.limit":1},{"%%user.id":{"%exists":true}}]})")),
              ElementsAre("false expression.%or or *", " false expression.%or[0].%%values.limit eq",
                          " false expression.%or[1].%%user.id.%exists exists"));
}

TEST_F(TraceTest, NamesWhatIsTrueUnderANegation) {
  EXPECT_THAT(Lines(Explain(R"({"%not":{"%%values.limit":15}})")),
              ElementsAre("false expression.%not not", " true expression.%not.%%values.limit eq *"));
  EXPECT_THAT(Lines(Explain(R"({"%%values.limit":{"%nor":[1,15,20]}})")),
              ElementsAre("false expression.%%values.limit.%nor nor", " false expression.%%values.limit.%nor[0] eq",
                          " true expression.%%values.limit.%nor[1] eq *", " - expression.%%values.limit.%nor[2] eq"));
}

TEST_F(TraceTest, GoesIntoExpressionsThatAreCompared) {
  EXPECT_THAT(Lines(Explain(R"({"%%true":{"%%request.httpMethod":"GET"}})")),
              ElementsAre("false expression.%%true.%%request.httpMethod eq *"));
  EXPECT_THAT(Lines(Explain(R"({"%%false":{"%%request.httpMethod":"POST"}})")),
              ElementsAre("false expression.%%false not", " true expression.%%false.%%request.httpMethod eq *"));
  EXPECT_THAT(Lines(Explain(R"({"%%values.limit":1,"%%true":{"%function":{"name":"f"}}})")),
              ElementsAre("false expression and", " false expression.%%values.limit eq *",
                          " - expression.%%true.%function eq"));
}

TEST_F(TraceTest, MarksNothingWhereTheExpressionIsTrue) {
  EXPECT_THAT(Lines(Explain("{}")), ElementsAre("true expression and"));
  EXPECT_THAT(Lines(Explain("false")), ElementsAre("false expression constant *"));
}

TEST_F(TraceTest, ShowsBothSidesOfAComparison) {
  Clause clause = Explain(R"({"%%request.httpMethod":{"%in":["GET","%%values.limit"]}})").root;
  EXPECT_EQ(clause.field.text, "%%request.httpMethod");
  EXPECT_EQ(clause.field.json, R"("POST")");
  EXPECT_EQ(clause.value.text, "");
  EXPECT_EQ(clause.value.json, R"(["GET",{"$numberInt":"15"}])");
  clause = Explain(R"({"%%user.id":"%%values.limit"})").root;
  EXPECT_TRUE(clause.field.missing);
  EXPECT_EQ(clause.field.json, "");
  EXPECT_EQ(clause.value.text, "%%values.limit");
  clause = Explain(R"({"%and":[false,{"%%request.httpMethod":"GET"}]})").root.clauses[1];
  EXPECT_EQ(clause.field.text, "%%request.httpMethod");
  EXPECT_EQ(clause.field.json, "");
  EXPECT_EQ(clause.value.json, R"("GET")");
  clause = Explain(R"({"%%request.httpMethod":{"%ne":"%%values.nothing"}})").root;
  EXPECT_TRUE(clause.value.missing);
  clause = Explain(R"({"%%request.httpMethod":{"%exists":false}})").root;
  EXPECT_EQ(clause.value.json, "false");
  clause = Explain(R"({"%%request.httpMethod":{"$regex":"^G","$options":"i"}})").root;
  EXPECT_EQ(clause.op, "regex");
  EXPECT_THAT(clause.value.json, HasSubstr("^G"));
}

TEST_F(TraceTest, MasksWhatComesFromASecret) {
  Clause clause = Explain(R"({"%%request.httpMethod":"%%values.key"})").root;
  EXPECT_EQ(clause.value.text, "%%values.key");
  EXPECT_TRUE(clause.value.masked);
  EXPECT_EQ(clause.value.json, "");
  clause = Explain(R"({"%%request.httpMethod":{"%in":["a",["%%values.key"]]}})").root;
  EXPECT_TRUE(clause.value.masked);
  EXPECT_EQ(clause.value.json, "");
  EXPECT_FALSE(clause.field.masked);
}

TEST_F(TraceTest, MasksTextsThatHoldASecretWhereverTheyTurnUp) {
  environment_.Give(Root::kUser, "data", R"({"a":["x","Bearer sesame street","y"],"sesame street":1})");
  environment_.result_.value = Value::String("sesame street");
  Clause clause = Explain(R"({"%%user.data":{"%function":{"name":"f"}}})").root;
  EXPECT_EQ(clause.field.json, R"({"a":["x","<secret>","y"],"<secret>":{"$numberInt":"1"}})");
  EXPECT_TRUE(clause.field.masked);
  EXPECT_EQ(clause.value.text, "%function f");
  EXPECT_EQ(clause.value.json, R"("<secret>")");
}

TEST_F(TraceTest, MasksASecretThatIsCutInTwo) {
  secrets_.texts = {"sesame street"};
  const std::string text = std::string(Trace::kValueBytesMax - 6, 'x') + "sesame street";
  environment_.Give(Root::kRequest, "httpMethod", "\"" + text + "\"");
  Clause clause = Explain(R"({"%%request.httpMethod":"GET"})").root;
  EXPECT_EQ(clause.field.json, R"("<secret>")");
}

TEST_F(TraceTest, CutsLongValuesBetweenCharacters) {
  environment_.Give(
      Root::kRequest, "httpMethod", "\"a" + [] {
        std::string text;
        for (size_t i = 0; i < Trace::kValueBytesMax; ++i) text += "é";
        return text;
      }() + "\"");
  Clause clause = Explain(R"({"%%request.httpMethod":"GET"})").root;
  EXPECT_TRUE(clause.field.cut);
  EXPECT_LE(clause.field.json.size(), Trace::kValueBytesMax + 10);
  EXPECT_TRUE(ejson::IsUtf8(clause.field.json));
  EXPECT_THAT(clause.field.json, HasSubstr("é...\""));
  std::string items = "0";
  for (int i = 0; i < 1000; ++i) items += ",0";
  environment_.Give(Root::kRequest, "httpMethod", "[" + items + "]");
  clause = Explain(R"({"%%request.httpMethod":"GET"})").root;
  EXPECT_TRUE(clause.field.cut);
  EXPECT_TRUE(ejson::Parse(clause.field.json).ok());
  EXPECT_LE(ejson::Parse(clause.field.json)->items().size(), Trace::kValueBytesMax);
}

TEST_F(TraceTest, SaysWhyAFunctionOrAConversionFailed) {
  environment_.result_.failed = true;
  environment_.result_.cause = "KIND_THREW";
  Trace trace = Explain(R"({"%or":[{"%%true":{"%function":{"name":"f"}}},{}]})");
  EXPECT_THAT(Lines(trace), ElementsAre("failed expression.%or or", " failed expression.%or[0].%%true.%function eq *",
                                        " - expression.%or[1] and"));
  EXPECT_EQ(trace.root.clauses[0].failure, "function f: KIND_THREW");
  trace = Explain(R"({"%not":{"%%values.limit":{"%stringToOid":"%%request.httpMethod"}}})");
  EXPECT_EQ(trace.root.clauses[0].failure, "%stringToOid needs a string of 24 hexadecimal digits");
}

TEST_F(TraceTest, KeepsWhatDecidedAmongTooManyClauses) {
  std::string parts = R"({"%%values.limit":15})";
  for (size_t i = 0; i < 2 * Trace::kClausesMax; ++i) parts += R"(,{"%%values.limit":15})";
  Trace trace = Explain(R"({"%and":[)" + parts + R"(,{"%%request.httpMethod":"GET"},{},{}]})");
  EXPECT_TRUE(trace.cut);
  EXPECT_LE(trace.root.clauses.size(), Trace::kClausesMax + 1);
  EXPECT_EQ(trace.root.clauses.back().op, "eq");
  EXPECT_TRUE(trace.root.clauses.back().decisive);
  EXPECT_THAT(trace.root.clauses.back().path, HasSubstr("%%request.httpMethod"));
}

TEST_F(TraceTest, HasNoClausesForTheItemsOfAnArray) {
  environment_.Give(Root::kUser, "data", R"({"teams":[{"level":3},{"level":7}]})");
  Trace trace = Explain(R"({"%%user.data.teams":{"%elemMatch":{"level":{"%gt":8}}}})");
  EXPECT_THAT(Lines(trace), ElementsAre("false expression.%%user.data.teams.%elemMatch elemMatch *"));
  EXPECT_THAT(trace.root.clauses, IsEmpty());
  EXPECT_THAT(trace.root.value.json, Not(IsEmpty()));
}

}  // namespace
}  // namespace overlock::expression
