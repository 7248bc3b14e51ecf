// What the conformance cases (tests/conformance/expressions) cannot show: laziness, limits, sharing.
#include "common/expression/program.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::expression {
namespace {

using ejson::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Says GET to everything and writes down what it was asked.
class RecordingEnvironment : public Environment {
 public:
  const Value* Resolve(Root root, std::string_view member) const override {
    asked_.push_back(std::to_string(static_cast<int>(root)) + "." + std::string(member));
    return &value_;
  }
  const Value* Header(std::string_view name) const override {
    asked_.push_back("header " + std::string(name));
    return &value_;
  }
  const CallResult* ResultOf(int site) const override { return site < results_ ? &result_ : nullptr; }

  mutable std::vector<std::string> asked_;
  int results_ = 0;
  const Value value_ = Value::String("GET");
  const CallResult result_{.value = Value::Bool(true)};
};

Program Parsed(std::string_view json) {
  auto program = Program::Parse(json);
  EXPECT_THAT(program, IsOk());
  return *program;
}

TEST(Program, AsksForNothingThatItDoesNotNeed) {
  RecordingEnvironment environment;
  Program program = Parsed(R"({"%%request.httpMethod":"POST","%%request.requestHeaders.x":"y","%%user.id":"z"})");
  EXPECT_EQ(std::get<bool>(program.Evaluate(environment)), false);
  EXPECT_THAT(environment.asked_, ElementsAre("1.httpMethod"));
}

TEST(Program, AsksForOneHeaderAndNotForAll) {
  RecordingEnvironment environment;
  EXPECT_EQ(std::get<bool>(Parsed(R"({"%%request.requestHeaders.X-a":"GET"})").Evaluate(environment)), true);
  EXPECT_THAT(environment.asked_, ElementsAre("header X-a"));
}

TEST(Program, AsksForNothingWhenItIsConstant) {
  RecordingEnvironment environment;
  EXPECT_EQ(std::get<bool>(Parsed("{}").Evaluate(environment)), true);
  EXPECT_EQ(std::get<bool>(Parsed(R"({"%%true":{"%or":[false,true]}})").Evaluate(environment)), true);
  EXPECT_THAT(environment.asked_, IsEmpty());
}

TEST(Program, NamesOneCallAfterTheOther) {
  RecordingEnvironment environment;
  Program program =
      Parsed(R"({"%and":[{"%function":{"name":"a"}},{"%function":{"name":"b","arguments":["%%user.id"]}}]})");
  EXPECT_EQ(program.call_sites(), 2);
  auto first = std::get<PendingCall>(program.Evaluate(environment));
  EXPECT_EQ(first.name, "a");
  environment.results_ = first.site + 1;
  auto second = std::get<PendingCall>(program.Evaluate(environment));
  EXPECT_EQ(second.name, "b");
  ASSERT_EQ(second.arguments.size(), 1u);
  EXPECT_EQ(second.arguments[0].as_string(), "GET");
  environment.results_ = second.site + 1;
  EXPECT_EQ(std::get<bool>(program.Evaluate(environment)), true);
}

TEST(Program, TakesTextsUpToItsLimitAndNoLonger) {
  std::string text = R"({"%%user.id":{"%in":[")";
  std::string end = R"("]}})";
  text += std::string(Program::kTextBytesMax - text.size() - end.size(), 'x') + end;
  EXPECT_THAT(Program::Parse(text), IsOk());
  auto refused = Program::Parse(text + " ");
  ASSERT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, "EXPRESSION_INVALID"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("longer than 65536 bytes"));
}

TEST(Program, TakesExpressionsUpToItsDepthAndNoDeeper) {
  auto nested = [](int depth) {
    std::string text = "true";
    for (int i = 0; i < depth; ++i) text = "{\"%not\":" + text + "}";
    return text;
  };
  RecordingEnvironment environment;
  EXPECT_EQ(std::get<bool>(Parsed(nested(Program::kDepthMax)).Evaluate(environment)), true);
  EXPECT_EQ(std::get<bool>(Parsed(nested(Program::kDepthMax - 1)).Evaluate(environment)), false);
  EXPECT_THAT(Program::Parse(nested(Program::kDepthMax + 1)),
              StatusIs(absl::StatusCode::kInvalidArgument, "EXPRESSION_INVALID"));
}

TEST(Program, MayBeSharedByThreadsAndOutliveItsOrigin) {
  std::vector<std::thread> threads;
  {
    Program program = Parsed(R"({"%%request.httpMethod":{"%in":["PUT","GET"]}})");
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([copy = program] {
        RecordingEnvironment environment;
        for (int j = 0; j < 1000; ++j) EXPECT_EQ(std::get<bool>(copy.Evaluate(environment)), true);
      });
    }
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace overlock::expression
