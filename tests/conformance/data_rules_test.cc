// Runs every case of data_rules/*.json; its README.md says what a case may hold.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "common/ejson/compare.h"
#include "gtest/gtest.h"
#include "services/executor/data/data_fixture.h"

namespace overlock::executor {
namespace {

using ejson::Member;
using ejson::Value;
using Type = Value::Type;

struct Case {
  std::string name;
  Value content;
};

std::vector<Case> LoadCases() {
  std::vector<Case> cases;
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(OVERLOCK_DATA_RULE_CASES)) {
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
    for (const Value& test : content->items()) {
      const Value* name = test.Find("name");
      std::string full = file.stem().string() + "_" + (name == nullptr ? "nameless" : name->as_string());
      for (char& c : full) {
        if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '_';
      }
      cases.push_back({full, test});
    }
  }
  return cases;
}

std::string Json(const Value& test, const char* name) {
  const Value* value = test.Find(name);
  return value == nullptr ? "" : ejson::ToCanonicalJson(*value);
}

// The reply's documents; of another reply what it holds, without `ok`.
Value ResultOf(const Value& reply) {
  if (const Value* cursor = reply.Find("cursor"); cursor != nullptr) return *cursor->Find("firstBatch");
  std::vector<Member> members;
  for (const Member& member : reply.members()) {
    if (member.key != "ok") members.push_back(member);
  }
  return Value::Document(std::move(members));
}

class DataRulesConformance : public ::testing::TestWithParam<Case> {};

void Prepare(const Value& test, DataHarness& data) {
  const Value* rules = test.Find("rules");
  if (rules != nullptr) {
    config::v1::DataRule& rule = data.AddRule("shop", "orders");
    rule.set_roles_json(Json(*rules, "roles"));
    rule.set_filters_json(Json(*rules, "filters"));
    rule.set_schema_json(Json(*rules, "schema"));
  }
  if (const Value* documents = test.Find("documents"); documents != nullptr)
    data.server().documents = documents->items();
  const Value* user = test.Find("user");
  data.user().set_data_json(user == nullptr ? "{}" : Json(*user, "data"));
  const Value* id = user == nullptr ? nullptr : user->Find("id");
  data.RunAs(id == nullptr ? "u1" : id->as_string());
}

TEST_P(DataRulesConformance, GivesTheResultOfTheCase) {
  const Value& test = GetParam().content;
  ASSERT_TRUE(test.is(Type::kDocument)) << ejson::ToCanonicalJson(test);
  DataHarness data;
  Prepare(test, data);
  std::string outcome = data.Call(test.Find("action")->as_string(), Json(test, "command"));
  if (const Value* error = test.Find("error"); error != nullptr) {
    EXPECT_EQ(outcome, error->as_string());
  } else {
    absl::StatusOr<Value> reply = ejson::Parse(outcome);
    ASSERT_TRUE(reply.ok()) << outcome;
    EXPECT_EQ(ejson::ToCanonicalJson(ResultOf(*reply)), Json(test, "result")) << outcome;
  }
  if (const Value* after = test.Find("after"); after != nullptr) {
    EXPECT_TRUE(ejson::Equal(Value::Array(data.server().documents), *after))
        << "is:       " << ejson::ToCanonicalJson(Value::Array(data.server().documents))
        << "\nexpected: " << ejson::ToCanonicalJson(*after);
  }
  if (const Value* sent = test.Find("sent"); sent != nullptr) {
    ASSERT_FALSE(data.server().commands.empty());
    EXPECT_EQ(data.server().commands.back(), ejson::ToCanonicalJson(*sent));
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, DataRulesConformance, ::testing::ValuesIn(LoadCases()),
                         [](const ::testing::TestParamInfo<Case>& info) { return info.param.name; });

TEST(DataRuleCases, AreThere) { EXPECT_GE(LoadCases().size(), 60u) << "in " << OVERLOCK_DATA_RULE_CASES; }

}  // namespace
}  // namespace overlock::executor
