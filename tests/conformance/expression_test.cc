// Runs every case of expressions/*.json; its README.md says what a case may hold.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "common/ejson/compare.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/expression/program.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::expression {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;
using ::testing::ElementsAreArray;

// The environment that a case describes.
class CaseEnvironment : public Environment {
 public:
  explicit CaseEnvironment(const Value& description) : description_(description) {}

  const Value* Resolve(Root root, std::string_view member) const override {
    constexpr std::string_view kRoots[] = {"user", "request",  "values", "environment", "args",
                                           "root", "prevRoot", "this",   "prev"};
    const Value* base = description_.Find(kRoots[static_cast<int>(root)]);
    return base == nullptr || member.empty() ? base : base->Find(member);
  }
  const Value* Header(std::string_view name) const override {
    const Value* headers = Resolve(Root::kRequest, "requestHeaders");
    if (headers == nullptr) return nullptr;
    for (const Member& member : headers->members()) {
      if (absl::EqualsIgnoreCase(absl::string_view(member.key), absl::string_view(name))) return &member.value;
    }
    return nullptr;
  }
  const CallResult* ResultOf(int site) const override {
    auto it = results_.find(site);
    return it == results_.end() ? nullptr : &it->second;
  }

  // Answers a call as the case says.
  void Answer(const PendingCall& call) {
    const Value* functions = description_.Find("functions");
    const Value* function = functions == nullptr ? nullptr : functions->Find(call.name);
    CallResult& result = results_[call.site];
    const Value* returned = function == nullptr ? nullptr : function->Find("returns");
    result.failed = returned == nullptr;
    if (returned != nullptr) result.value = *returned;
  }

 private:
  const Value description_;
  std::map<int, CallResult> results_;
};

struct Case {
  std::string name;
  Value content;
};

std::string CaseName(const std::filesystem::path& file, const Value& content, size_t index) {
  const Value* name = content.Find("name");
  std::string text = file.stem().string() + "_";
  text += name != nullptr && name->is(Type::kString) ? name->as_string() : "case " + std::to_string(index);
  for (char& c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return text;
}

// A file that cannot be read becomes a case that cannot pass.
std::vector<Case> LoadCases() {
  std::vector<Case> cases;
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(OVERLOCK_EXPRESSION_CASES)) {
    if (entry.path().extension() == ".json") files.insert(entry.path());
  }
  for (const std::filesystem::path& file : files) {
    std::ifstream stream(file);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    absl::StatusOr<Value> content = ejson::Parse(text);
    if (!content.ok() || !content->is(Type::kArray)) {
      cases.push_back(
          {file.stem().string() + "_does_not_parse", Value::String(std::string(content.status().message()))});
      continue;
    }
    for (size_t i = 0; i < content->items().size(); ++i) {
      cases.push_back({CaseName(file, content->items()[i], i), content->items()[i]});
    }
  }
  return cases;
}

class ExpressionConformance : public ::testing::TestWithParam<Case> {};

void ExpectRefusal(const absl::StatusOr<Program>& program, const Value& error) {
  ASSERT_THAT(program, StatusIs(absl::StatusCode::kInvalidArgument, "EXPRESSION_INVALID"));
  EXPECT_TRUE(absl::StartsWith(program.status().message(), error.as_string()))
      << "says:     " << program.status().message() << "\nexpected: " << error.as_string();
}

void ExpectResult(const Program& program, const Value& test) {
  const Value* environment_description = test.Find("environment");
  CaseEnvironment environment(environment_description == nullptr ? Value::Document({}) : *environment_description);
  std::vector<std::string> calls;
  Result result = program.Evaluate(environment);
  while (auto* call = std::get_if<PendingCall>(&result)) {
    ASSERT_LE(calls.size(), static_cast<size_t>(program.call_sites())) << "asks again for a call it has had";
    calls.push_back(call->name + ejson::ToCanonicalJson(Value::Array(call->arguments)));
    environment.Answer(*call);
    result = program.Evaluate(environment);
  }
  const Value* expected = test.Find("expect");
  ASSERT_TRUE(expected != nullptr && expected->is(Type::kBool)) << "a case needs `expect` or `error`";
  EXPECT_EQ(std::get<bool>(result), expected->as_bool());
  std::vector<std::string> expected_calls;
  if (const Value* described = test.Find("calls")) {
    for (const Value& call : described->items()) {
      const std::vector<Value>& parts = call.items();
      std::vector<Value> arguments(parts.begin() + 1, parts.end());
      expected_calls.push_back(parts[0].as_string() + ejson::ToCanonicalJson(Value::Array(std::move(arguments))));
    }
  }
  EXPECT_THAT(calls, ElementsAreArray(expected_calls));
}

TEST_P(ExpressionConformance, GivesTheResultOfTheCase) {
  const Value& test = GetParam().content;
  ASSERT_TRUE(test.is(Type::kDocument)) << ejson::ToCanonicalJson(test);
  const Value* text = test.Find("text");
  const Value* expression = test.Find("expression");
  ASSERT_TRUE((text == nullptr) != (expression == nullptr)) << "a case needs `expression` or `text`";
  const Value* place = test.Find("place");
  auto program = Program::Parse(text != nullptr ? text->as_string() : ejson::ToCanonicalJson(*expression),
                                place == nullptr                        ? Place::kWebhook
                                : place->as_string() == "document rule" ? Place::kDocumentRule
                                                                        : Place::kServiceRule);
  if (const Value* error = test.Find("error")) {
    ExpectRefusal(program, *error);
    return;
  }
  ASSERT_THAT(program, IsOk());
  ExpectResult(*program, test);
}

INSTANTIATE_TEST_SUITE_P(Cases, ExpressionConformance, ::testing::ValuesIn(LoadCases()),
                         [](const ::testing::TestParamInfo<Case>& info) { return info.param.name; });

TEST(ExpressionCases, AreThere) { EXPECT_GE(LoadCases().size(), 400u) << "in " << OVERLOCK_EXPRESSION_CASES; }

}  // namespace
}  // namespace overlock::expression
