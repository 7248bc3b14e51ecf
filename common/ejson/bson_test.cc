#include "common/ejson/bson.h"

#include <string>

#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::ejson {
namespace {

using ::testing::HasSubstr;

std::string Back(std::string_view bytes) {
  absl::StatusOr<Value> value = FromBson(bytes);
  return value.ok() ? ToCanonicalJson(*value) : std::string(value.status().message());
}

// A document of one element: its type, its name `a`, its content.
std::string Document(const std::string& type, const std::string& content) {
  std::string elements = type + std::string("a\0", 2) + content + std::string(1, '\0');
  std::string bytes(4, '\0');
  bytes[0] = static_cast<char>(elements.size() + 4);
  return bytes + elements;
}

TEST(Bson, HasEachTypeOfValue) {
  const std::string text =
      R"({"double":{"$numberDouble":"1.5"},"text":"gr)"
      "\u00fc\u00df"
      R"(","document":{"a":{"$numberInt":"1"}},"array":[{"$numberInt":"1"},[]],)"
      R"("binary":{"$binary":{"base64":"AP8=","subType":"04"}},"undefined":{"$undefined":true},)"
      R"("id":{"$oid":"5e7f9a1b2c3d4e5f60718293"},"bool":true,"date":{"$date":{"$numberLong":"-1"}},"null":null,)"
      R"("regex":{"$regularExpression":{"pattern":"a.b","options":"im"}},"int":{"$numberInt":"-5"},)"
      R"("time":{"$timestamp":{"t":5,"i":6}},"long":{"$numberLong":"9223372036854775807"},)"
      R"("decimal":{"$numberDecimal":"-1.50E+3"},"min":{"$minKey":1},"max":{"$maxKey":1}})";
  absl::StatusOr<Value> value = Parse(text);
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(Back(ToBson(*value)), text);
}

TEST(Bson, ReadsTypesThatValuesDoNotHaveAsTheNearest) {
  EXPECT_EQ(Back(Document("\x0d", std::string("\x04\0\0\0f()\0", 8))), R"x({"a":"f()"})x");
  EXPECT_EQ(Back(Document("\x0e", std::string("\x04\0\0\0sym\0", 8))), R"({"a":"sym"})");
  EXPECT_EQ(Back(Document("\x0c", std::string("\x02\0\0\0c\0", 6) + "123456789012")),
            R"({"a":{"$oid":"313233343536373839303132"}})");
  EXPECT_EQ(Back(Document("\x0f", std::string("\x11\0\0\0\x04\0\0\0f()\0\x05\0\0\0\0", 17))), R"x({"a":"f()"})x");
}

TEST(Bson, RefusesWhatIsNoDocument) {
  EXPECT_THAT(Back(""), HasSubstr("its length is another"));
  EXPECT_THAT(Back("text"), HasSubstr("its length is another"));
  std::string good = ToBson(Value::Document({{"a", Value::String("text")}}));
  EXPECT_THAT(Back(good + "x"), HasSubstr("its length is another"));
  // The text is said to be longer than the document.
  std::string long_text = good;
  long_text[7] = 100;
  EXPECT_THAT(Back(long_text), HasSubstr("a fault at byte"));
  EXPECT_THAT(Back(Document("\x20", "")), HasSubstr("not a BSON document"));
  EXPECT_THAT(FromBson("x"), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_BSON"));
}

TEST(Bson, RefusesTextThatIsNotUtf8AndKeysThatStandTwice) {
  EXPECT_THAT(Back(ToBson(Value::Document({{"a", Value::String("\xff")}}))), HasSubstr("a text is not UTF-8"));
  EXPECT_THAT(Back(ToBson(Value::Document({{"\xff", Value::Null()}}))), HasSubstr("a key is not UTF-8"));
  EXPECT_THAT(Back(ToBson(Value::Document({{"a", Value::Null()}, {"a", Value::Null()}}))), HasSubstr("stands twice"));
}

TEST(Bson, RefusesWhatNestsTooDeeply) {
  Value value = Value::Document({});
  for (int i = 0; i < kBsonDepthMax; ++i) value = Value::Document({{"a", std::move(value)}});
  EXPECT_THAT(FromBson(ToBson(value)), IsOk());
  EXPECT_THAT(Back(ToBson(Value::Document({{"a", std::move(value)}}))), HasSubstr("nests too deeply"));
}

}  // namespace
}  // namespace overlock::ejson
