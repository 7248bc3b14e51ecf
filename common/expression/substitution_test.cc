#include "common/expression/substitution.h"

#include <string>
#include <string_view>

#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::expression {
namespace {

// Knows `%%user.id`, `%%user.data` and the value `list`.
class TestEnvironment : public Environment {
 public:
  const ejson::Value* Resolve(Root root, std::string_view member) const override {
    const ejson::Value* base = known_.Find(root == Root::kUser ? "user" : root == Root::kValues ? "values" : "nothing");
    return base == nullptr ? nullptr : base->Find(member);
  }
  const ejson::Value* Header(std::string_view) const override { return nullptr; }
  const CallResult* ResultOf(int) const override { return nullptr; }

 private:
  const ejson::Value known_ =
      *ejson::Parse(R"({"user":{"id":"5e7f9a1b2c3d4e5f60718293","data":{"teams":["a","b"]}},"values":{"list":[1,2]}})");
};

std::string Substituted(const char* json) {
  absl::StatusOr<ejson::Value> value = Substitute(*ejson::Parse(json), Place::kDocumentRule, TestEnvironment());
  return value.ok() ? ejson::ToCanonicalJson(*value) : std::string(value.status().message());
}

TEST(Substitution, ReplacesExpansions) {
  EXPECT_EQ(Substituted(R"({"owner":"%%user.id","a":[{"b":"%%user.data.teams"}],"c":"%user","d":true})"),
            R"({"owner":"5e7f9a1b2c3d4e5f60718293","a":[{"b":["a","b"]}],"c":"%user","d":true})");
  EXPECT_EQ(Substituted(R"({"a":{"$in":"%%values.list"},"b":"%%true"})"),
            R"({"a":{"$in":[{"$numberInt":"1"},{"$numberInt":"2"}]},"b":true})");
}

TEST(Substitution, WritesOperatorsAsMongoDbDoes) {
  EXPECT_EQ(Substituted(R"({"%or":[{"a":{"%neq":null}},{"b":{"%gte":"x"}}]})"),
            R"({"$or":[{"a":{"$ne":null}},{"b":{"$gte":"x"}}]})");
}

TEST(Substitution, Converts) {
  EXPECT_EQ(Substituted(R"({"owner":{"%stringToOid":"%%user.id"}})"),
            R"({"owner":{"$oid":"5e7f9a1b2c3d4e5f60718293"}})");
  EXPECT_EQ(Substituted(R"({"a":{"owner":{"%stringToUuid":"%%user.id"}}})"),
            "a.owner.%stringToUuid: cannot be converted");
}

TEST(Substitution, SaysWhatHasNoValue) {
  EXPECT_EQ(Substituted(R"({"a":{"b":"%%user.data.none"}})"), "a.b: %%user.data.none has no value");
  EXPECT_EQ(Substituted(R"({"a":"%%root.b"})"), "a: %%root.b has no value");
  EXPECT_THAT(Substituted(R"({"a":"%%args.b"})"), ::testing::HasSubstr("a: %%args has no meaning"));
}

}  // namespace
}  // namespace overlock::expression
