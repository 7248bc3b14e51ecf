#include "services/config/json_document.h"
#include "services/config/json_text.h"

#include "absl/strings/str_cat.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::config {
namespace {

TEST(JsonDocumentTest, KeepsOrderAndTheSpellingOfNumbers) {
  auto document = ParseJson("{\"b\": 1.50, \"a\": [1e3, -0, 12345678901234567890, \"x\\u0041\\n\"],\n\"c\": {}}\n");
  ASSERT_THAT(document, IsOk());
  EXPECT_EQ(ToText(document->root), R"({"b":1.50,"a":[1e3,-0,12345678901234567890,"xA\n"],"c":{}})");
}

TEST(JsonDocumentTest, SaysOnWhichLineEachValueIs) {
  auto document = ParseJson("{\n  \"a\": 1,\n\n  \"b\":\n    true\n}");
  ASSERT_THAT(document, IsOk());
  EXPECT_EQ(document->root.Find("a")->line, 2);
  EXPECT_EQ(document->root.Find("b")->line, 5);
}

TEST(JsonDocumentTest, NamesDoubledKeysWithTheirPathAndKeepsTheFirst) {
  auto document = ParseJson("{\"a\": {\"b\": [0, {\"c\": 1,\n\"c\": 2}]}}");
  ASSERT_THAT(document, IsOk());
  ASSERT_EQ(document->doubled_keys.size(), 1u);
  EXPECT_EQ(document->doubled_keys[0].path, "a.b[1].c");
  EXPECT_EQ(document->doubled_keys[0].line, 2);
  EXPECT_EQ(ToText(document->root), R"({"a":{"b":[0,{"c":1}]}})");
}

TEST(JsonDocumentTest, AcceptsAByteOrderMarkAndEveryKindOfLineEnd) {
  auto document = ParseJson("\xef\xbb\xbf{\"a\":\r\n\t1\r\n}\r\n\n  ");
  ASSERT_THAT(document, IsOk());
  EXPECT_EQ(ToText(document->root), R"({"a":1})");
}

TEST(JsonDocumentTest, AcceptsTheDepthLimitAndRefusesWhatIsBeyond) {
  std::string deep = std::string(kJsonDepthMax, '[') + std::string(kJsonDepthMax, ']');
  EXPECT_THAT(ParseJson(deep), IsOk());
  EXPECT_THAT(ParseJson(absl::StrCat("[", deep, "]")), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_JSON"));
}

TEST(JsonDocumentTest, SaysWhereATextIsNotJson) {
  struct Case {
    const char* text;
    const char* where;
  };
  for (const Case& c :
       {Case{"{\n  \"a\": 1,\n}", "line 3, column 1"},
        Case{"{\n\"name\": \"x\", \n", "line 2: not JSON: the text ends too early"}, Case{"[1] 2", "line 1, column 5"},
        Case{"[1]\n\nx", "line 3, column 1"}, Case{"{'a': 1}", "line 1, column 2"}, Case{"// no", "line 1"},
        Case{"[\"a\nb\"]", "line 1"}, Case{"\"\xff\"", "line 1, column 2"}, Case{"", "line 1"}, Case{"nul", "line 1"},
        Case{"[01]", "line 1"}}) {
    auto document = ParseJson(c.text);
    ASSERT_THAT(document, StatusIs(absl::StatusCode::kInvalidArgument, "BAD_JSON")) << c.text;
    EXPECT_THAT(std::string(document.status().message()), ::testing::HasSubstr(c.where)) << c.text;
  }
}

TEST(JsonDocumentTest, ReadsScalarsAtTheTop) {
  for (const char* text : {"1", "-2.5", "true", "null", "\"a\"", " 7 \n"}) EXPECT_THAT(ParseJson(text), IsOk()) << text;
}

}  // namespace
}  // namespace overlock::config
