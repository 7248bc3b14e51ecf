#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "common/ejson/compare.h"
#include "common/ejson/hex.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::ejson {
namespace {

using ::testing::HasSubstr;
using Type = Value::Type;

Value Read(std::string_view text) {
  absl::StatusOr<Value> value = Parse(text);
  EXPECT_THAT(value, IsOk()) << text;
  return value.ok() ? *value : Value::MinKey();
}

std::string FaultOf(std::string_view text, ParseLimits limits = {}) {
  absl::StatusOr<Value> value = Parse(text, limits);
  EXPECT_THAT(value, StatusIs(absl::StatusCode::kInvalidArgument, "BAD_EJSON")) << text;
  return std::string(value.status().message());
}

TEST(EjsonParse, GivesEachPlainValueItsSmallestType) {
  EXPECT_EQ(Read("null").type(), Type::kNull);
  EXPECT_EQ(Read("true").as_bool(), true);
  EXPECT_EQ(Read(" 2147483647 ").as_int32(), 2147483647);
  EXPECT_EQ(Read("2147483648").as_int64(), 2147483648);
  EXPECT_EQ(Read("-9223372036854775808").as_int64(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(Read("9223372036854775808").as_double(), 9223372036854775808.0);
  EXPECT_EQ(Read("1.0").type(), Type::kDouble);
  EXPECT_EQ(Read("25e-1").as_double(), 2.5);
  EXPECT_TRUE(std::signbit(Read("-0").as_double()));
  EXPECT_EQ(Read("[1,[],{}]").items().size(), 3u);
  EXPECT_EQ(Read("{\"b\":1,\"a\":2}").members()[0].key, "b");
}

TEST(EjsonParse, ReadsEscapesAndSurrogatePairs) {
  EXPECT_EQ(Read(R"("\"\\\/\b\f\n\r\tA")").as_string(), "\"\\/\b\f\n\r\tA");
  EXPECT_EQ(Read(R"("\u00e9\u20AC\ud83d\ude00")").as_string(), "é€😀");
  EXPECT_EQ(Read(R"("\u0000x")").as_string(), std::string("\0x", 2));
  EXPECT_EQ(Read(R"("\ud83dx\ude00")").as_string(), "\xEF\xBF\xBDx\xEF\xBF\xBD") << "halves become U+FFFD";
}

// Canonical text first, then other spellings of the same value.
class EjsonSpellings : public ::testing::TestWithParam<std::vector<std::string>> {};

TEST_P(EjsonSpellings, MeanTheSameAndAreWrittenCanonically) {
  for (const std::string& text : GetParam()) EXPECT_EQ(ToCanonicalJson(Read(text)), GetParam()[0]) << text;
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryType, EjsonSpellings,
    ::testing::Values(
        std::vector<std::string>{R"({"$numberInt":"5"})", "5"},
        std::vector<std::string>{R"({"$numberLong":"5000000000"})", "5000000000"},
        std::vector<std::string>{R"({"$numberDouble":"1.0"})", "1.0", R"({"$numberDouble":"1"})"},
        std::vector<std::string>{R"({"$numberDouble":"0.1"})", "0.1"},
        std::vector<std::string>{R"({"$numberDouble":"1e+30"})", "1e30"},
        std::vector<std::string>{R"({"$numberDouble":"NaN"})"},
        std::vector<std::string>{R"({"$numberDouble":"-Infinity"})"},
        std::vector<std::string>{R"({"$numberDecimal":"1.50"})"},
        std::vector<std::string>{R"({"$oid":"5e7f9a1b2c3d4e5f60718293"})", R"({"$oid":"5E7F9A1B2C3D4E5F60718293"})"},
        std::vector<std::string>{R"({"$date":{"$numberLong":"1583167607977"}})",
                                 R"({"$date":"2020-03-02T16:46:47.977Z"})", R"({"$date":1583167607977})"},
        std::vector<std::string>{R"({"$binary":{"base64":"aGk=","subType":"00"}})", R"({"$binary":"aGk=","$type":"0"})",
                                 R"({"$type":"00","$binary":"aGk="})"},
        std::vector<std::string>{R"({"$binary":{"base64":"ASNFZ4mrze/+3LqYdlQyEA==","subType":"04"}})",
                                 R"({"$uuid":"01234567-89ab-cdef-fedc-ba9876543210"})"},
        std::vector<std::string>{R"({"$regularExpression":{"pattern":"^a","options":"im"}})",
                                 R"({"$regex":"^a","$options":"mi"})"},
        std::vector<std::string>{R"({"$timestamp":{"t":4294967295,"i":1}})"},
        std::vector<std::string>{R"({"$undefined":true})"}, std::vector<std::string>{R"({"$minKey":1})"},
        std::vector<std::string>{R"({"$maxKey":1})"}, std::vector<std::string>{"null"},
        std::vector<std::string>{"true"},
        std::vector<std::string>{"\"\\u0001\\\"\\\\é\"", "\"\\u0001\\u0022\\u005c\\u00e9\""},
        std::vector<std::string>{R"([{"a":{"b":[]}},"x"])", " [ { \"a\" : { \"b\" : [ ] } } , \"x\" ] "},
        std::vector<std::string>{R"({"$gt":{"$numberInt":"1"}})", R"({"$gt":1})"},
        std::vector<std::string>{R"({"$regex":"a"})"}));

class EjsonFaults : public ::testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(EjsonFaults, AreReportedWithTheirOffset) {
  EXPECT_THAT(FaultOf(std::get<0>(GetParam())), HasSubstr(std::get<1>(GetParam())));
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, EjsonFaults,
    ::testing::Values(
        std::tuple("", "offset 0: the text ends too early"), std::tuple("{\"a\":1", "offset 6: expected ',' or '}'"),
        std::tuple("[1,]", "offset 3: expected a JSON value"), std::tuple("[1 2]", "offset 3: expected ',' or ']'"),
        std::tuple("{a:1}", "offset 1: expected a key"), std::tuple("{\"a\" 1}", "offset 5: expected ':'"),
        std::tuple("tru", "offset 0: expected a JSON value"), std::tuple("1 2", "offset 2: something follows"),
        std::tuple("01", "offset 1: something follows"), std::tuple("1.", "offset 2: expected a digit"),
        std::tuple("1e", "offset 2: expected a digit"), std::tuple("-", "offset 0: expected a JSON value"),
        std::tuple("\"a", "offset 2: the string does not end"), std::tuple("\"a\nb\"", "offset 2: a control character"),
        std::tuple("\"\\x\"", "offset 2: bad escape"), std::tuple("\"\\u12\"", "bad escape"),
        std::tuple("\"\xff\"", "offset 0: the string is not UTF-8"),
        std::tuple("NaN", "offset 0: expected a JSON value"),
        std::tuple("{\"a\":1, \"a\":2}", "offset 8: the key \"a\" stands twice"),
        std::tuple("[{\"$oid\":\"12\"}]", "offset 1: $oid: must be 24 hexadecimal digits"),
        std::tuple("{\"$oid\":5}", "$oid: must be"),
        std::tuple("{\"$oid\":\"5e7f9a1b2c3d4e5f60718293\",\"x\":1}", "$oid: must be the only key"),
        std::tuple("{\"$numberInt\":\"2147483648\"}", "$numberInt: must be"),
        std::tuple("{\"$numberInt\":\" 1\"}", "$numberInt: must be"),
        std::tuple("{\"$numberLong\":\"1.5\"}", "$numberLong: must be"),
        std::tuple("{\"$numberDouble\":\"0x10\"}", "$numberDouble: must be"),
        std::tuple("{\"$numberDecimal\":\"1,5\"}", "$numberDecimal: must be"),
        std::tuple("{\"$date\":\"yesterday\"}", "$date: must be"),
        std::tuple("{\"$date\":\"infinite-future\"}", "$date: must be"),
        std::tuple("{\"$binary\":{\"base64\":\"?\",\"subType\":\"00\"}}", "$binary: must be"),
        std::tuple("{\"$binary\":\"aGk=\"}", "$binary: must be"), std::tuple("{\"$uuid\":\"0123\"}", "$uuid: must be"),
        std::tuple("{\"$regularExpression\":{\"pattern\":\"a\"}}", "$regularExpression: must be"),
        std::tuple("{\"$timestamp\":{\"t\":-1,\"i\":0}}", "$timestamp: must be"),
        std::tuple("{\"$undefined\":1}", "$undefined: must be true"),
        std::tuple("{\"$minKey\":2}", "$minKey: must be 1")));

TEST(EjsonParse, RefusesADoubledKeyAmongManyKeys) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_THAT(FaultOf(text + "\"k57\":1}"), HasSubstr("the key \"k57\" stands twice"));
  EXPECT_EQ(Read(text + "\"k100\":1}").members().size(), 101u);
}

TEST(EjsonParse, HoldsItsLimits) {
  std::string deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_THAT(Parse(deep), IsOk());
  EXPECT_THAT(FaultOf("[" + deep + "]"), HasSubstr("nested deeper than 100"));
  EXPECT_THAT(FaultOf(std::string(100'000, '[')), HasSubstr("offset 100: nested deeper than 100"));
  EXPECT_THAT(Parse("\"12345678\"", {.depth_max = 1, .text_bytes_max = 10}), IsOk());
  EXPECT_THAT(FaultOf("\"123456789\"", {.depth_max = 1, .text_bytes_max = 10}), HasSubstr("longer than 10 bytes"));
}

// Each list is in ascending order; values in one group are equal.
void ExpectOrder(const std::vector<std::vector<std::string>>& groups) {
  for (size_t i = 0; i < groups.size(); ++i) {
    for (size_t j = 0; j < groups.size(); ++j) {
      for (const std::string& a : groups[i]) {
        for (const std::string& b : groups[j]) {
          int order = Compare(Read(a), Read(b));
          EXPECT_EQ((order > 0) - (order < 0), (i > j) - (i < j)) << a << " and " << b;
        }
      }
    }
  }
}

TEST(EjsonCompare, OrdersTypesAsMongoDbDoes) {
  ExpectOrder({{R"({"$minKey":1})"},
               {R"({"$undefined":true})"},
               {"null"},
               {"1"},
               {"\"\""},
               {"{}"},
               {"[]"},
               {R"({"$binary":{"base64":"","subType":"00"}})"},
               {R"({"$oid":"000000000000000000000000"})"},
               {"false"},
               {"true"},
               {R"({"$date":0})"},
               {R"({"$timestamp":{"t":0,"i":0}})"},
               {R"({"$regularExpression":{"pattern":"","options":""}})"},
               {R"({"$maxKey":1})"}});
}

TEST(EjsonCompare, ComparesNumbersByWorthAcrossTypes) {
  ExpectOrder({{R"({"$numberDouble":"NaN"})", R"({"$numberDecimal":"NaN"})"},
               {R"({"$numberDouble":"-Infinity"})", R"({"$numberDecimal":"-Infinity"})"},
               {R"({"$numberDecimal":"-1E+6000"})"},
               {"-1e300"},
               {"-9223372036854775808", "-9223372036854775808.0"},
               {"-1", "-1.0", R"({"$numberLong":"-1"})", R"({"$numberDecimal":"-1.0"})"},
               {"-0.5", R"({"$numberDecimal":"-0.5"})"},
               {"0", "-0", "-0.0", R"({"$numberDecimal":"-0E+3"})"},
               {R"({"$numberDecimal":"1E-6000"})"},
               {"5e-324"},
               {R"({"$numberDecimal":"0.1"})"},
               {"0.1"},
               {"1", R"({"$numberDecimal":"1"})", R"({"$numberDecimal":"10E-1"})"},
               {"1.5", R"({"$numberDecimal":"1.5"})"},
               {"9007199254740992", "9007199254740992.0"},
               {"9007199254740993", R"({"$numberDecimal":"9007199254740993"})"},
               {"9223372036854775807"},
               {"9223372036854775808.0", R"({"$numberDecimal":"9223372036854775808"})"},
               {R"({"$numberDecimal":"1E+6000"})"},
               {R"({"$numberDouble":"Infinity"})", R"({"$numberDecimal":"Infinity"})"}});
}

TEST(EjsonCompare, ComparesContents) {
  ExpectOrder({{"\"a\""}, {"\"a\\u0000\""}, {"\"ab\""}, {"\"b\""}, {"\"é\""}});
  ExpectOrder(
      {{"{}"}, {R"({"a":1})", R"({"a":1.0})"}, {R"({"a":1,"b":1})"}, {R"({"a":2})"}, {R"({"b":0})"}, {R"({"a":""})"}});
  ExpectOrder({{"[]"}, {"[1]"}, {"[1,1]"}, {"[2]"}, {"[\"\"]"}});
  ExpectOrder({{R"({"$binary":{"base64":"Yg==","subType":"00"}})"},
               {R"({"$binary":{"base64":"YQ==","subType":"01"}})"},
               {R"({"$binary":{"base64":"YWE=","subType":"00"}})"}});
  ExpectOrder({{R"({"$timestamp":{"t":1,"i":2}})"}, {R"({"$timestamp":{"t":2,"i":1}})"}});
  ExpectOrder(
      {{R"({"$regex":"a","$options":""})"}, {R"({"$regex":"a","$options":"i"})"}, {R"({"$regex":"b","$options":""})"}});
}

TEST(EjsonCompare, NumbersOfAllTypesAreOneGroup) {
  EXPECT_TRUE(SameGroup(Read("1"), Read(R"({"$numberDecimal":"1"})")));
  EXPECT_FALSE(SameGroup(Read("1"), Read("\"1\"")));
}

TEST(EjsonHex, ReadsAndWritesUuids) {
  std::string bytes;
  ASSERT_TRUE(UuidFromText("01234567-89AB-cdef-fedc-ba9876543210", bytes));
  EXPECT_EQ(UuidToText(bytes), "01234567-89ab-cdef-fedc-ba9876543210");
  EXPECT_FALSE(UuidFromText("01234567-89abXcdef-fedc-ba9876543210", bytes));
  EXPECT_FALSE(UuidFromText("0123456789abcdeffedcba9876543210", bytes));
  EXPECT_FALSE(UuidFromText("0123456g-89ab-cdef-fedc-ba9876543210", bytes));
}

TEST(EjsonValue, SharesTheContentOfCopies) {
  Value original = Read(R"({"a":[1,2,3]})");
  Value copy = original;
  EXPECT_EQ(&copy.members(), &original.members());
  EXPECT_EQ(original.Find("a"), copy.Find("a"));
  EXPECT_EQ(original.Find("b"), nullptr);
  EXPECT_EQ(Read("1").Find("a"), nullptr);
}

}  // namespace
}  // namespace overlock::ejson
