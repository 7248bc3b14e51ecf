// How functions are loaded and what becomes of their results.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/worker/worker_test_fixture.h"

namespace overlock::executor {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using v1::Failure;

// ---- Source forms (spec section 9.1).

TEST_F(WorkerTest, LoadsEverySourceForm) {
  for (std::string source : {
           "exports = function() { return 'it'; };",
           "exports = async function() { return 'it'; };",
           "exports = (a, b) => 'it';",
           "exports = function name() { return 'it'; };",
           "exports = async function name() { return 'it'; };",
           "var exports = function() { return 'it'; };",
           "const exports = () => 'it';",
           "'use strict'; exports = () => 'it';",
           "const word = 'it'; exports = () => helper(); function helper() { return word; }",
           "exports = () => 'it'; if (typeof module !== 'undefined') module.exports = exports;",
           "exports = () => { undeclared = 'it'; return undeclared; };",
       }) {
    EXPECT_EQ(Returned(source), "\"it\"") << source;
  }
}

TEST_F(WorkerTest, SaysWhereASourceDoesNotCompile) {
  v1::ExecuteResponse response = RunFunction("exports = () => {\n  return )\n};");
  EXPECT_EQ(response.failure().kind(), Failure::KIND_SYNTAX_ERROR);
  EXPECT_EQ(response.failure().message(), "SyntaxError: Unexpected token ')'");
  EXPECT_EQ(response.failure().stack(),
            "functions/f/source.js:2\n  return )\n         ^\n\nSyntaxError: Unexpected token ')'");
}

TEST_F(WorkerTest, RefusesASourceThatExportsNoFunction) {
  v1::ExecuteResponse response = RunFunction("exports = {};");
  EXPECT_EQ(response.failure().kind(), Failure::KIND_SYNTAX_ERROR);
  EXPECT_THAT(response.failure().message(), HasSubstr("exports"));
}

TEST_F(WorkerTest, ReportsAThrowAtTheTopLevelOfTheSource) {
  v1::ExecuteResponse response = RunFunction("null.x; exports = () => 1;");
  EXPECT_EQ(response.failure().kind(), Failure::KIND_THREW);
  EXPECT_THAT(response.failure().message(), StartsWith("TypeError: "));
  EXPECT_THAT(response.failure().stack(), HasSubstr("at functions/f/source.js:1:6"));
}

TEST_F(WorkerTest, KeepsModuleStateBetweenInvocationsOfARevision) {
  AddFunction("f", "let n = 0; exports = () => ++n;");
  Load();
  EXPECT_EQ(worker().Execute(FunctionRequest("f")).returned().value_ejson(), "{\"$numberInt\":\"1\"}");
  v1::ExecuteResponse second = worker().Execute(FunctionRequest("f"));
  EXPECT_EQ(second.returned().value_ejson(), "{\"$numberInt\":\"2\"}");
  EXPECT_FALSE(second.usage().cold());
}

// ---- Results (spec section 8.2).

TEST_F(WorkerTest, WritesResultsAsCanonicalExtendedJson) {
  struct {
    const char* expression;
    const char* ejson;
  } const rows[] = {
      {"({Processed: 900})", R"({"Processed":{"$numberInt":"900"}})"},
      {"[1, 'a', null]", R"([{"$numberInt":"1"},"a",null])"},
      {"1/3", R"({"$numberDouble":"0.3333333333333333"})"},
      {"-0", R"({"$numberDouble":"-0.0"})"},
      {"NaN", R"({"$numberDouble":"NaN"})"},
      {"2147483648", R"({"$numberLong":"2147483648"})"},
      {"BSON.Long(5, 1)", R"({"$numberLong":"4294967301"})"},
      {"BSON.Int32(7)", R"({"$numberInt":"7"})"},
      {"BSON.Double(7)", R"({"$numberDouble":"7.0"})"},
      {"BSON.Decimal128.fromString('1.50')", R"({"$numberDecimal":"1.50"})"},
      {"'Hello \"World\"!\\n'", R"("Hello \"World\"!\n")"},
      {"'gr\\u00fc\\u00df \\u{1f600}'", "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\""},
      {"true", "true"},
      {"null", "null"},
      {"undefined", ""},
      {"({a: undefined, f() {}})", R"({"a":{"$undefined":true}})"},
      {"new Date(1583167607977)", R"({"$date":{"$numberLong":"1583167607977"}})"},
      {"BSON.ObjectId('5e5d6f3c9b1e8a3f4c2d1b0a')", R"({"$oid":"5e5d6f3c9b1e8a3f4c2d1b0a"})"},
      {"BSON.Binary.fromText('Hi')", R"({"$binary":{"base64":"SGk=","subType":"00"}})"},
      {"new Uint8Array([1, 2])", R"({"$binary":{"base64":"AQI=","subType":"00"}})"},
      {"/a+/i", R"({"$regularExpression":{"pattern":"a+","options":"i"}})"},
      {"BSON.BSONRegExp('a', 'i')", R"({"$regularExpression":{"pattern":"a","options":"i"}})"},
      {"[BSON.MaxKey(), new BSON.MinKey()]", R"([{"$maxKey":1},{"$minKey":1}])"},
      {"Promise.resolve({a: true})", R"({"a":true})"},
      {"({then(resolve) { resolve('then'); }})", R"("then")"},
      {"new Map([['k', 'v']])", R"({"k":"v"})"},
  };
  for (const auto& row : rows) EXPECT_EQ(ReturnedBy(row.expression), row.ejson) << row.expression;
}

TEST_F(WorkerTest, RefusesACircularResult) {
  v1::ExecuteResponse response = RunFunction("exports = () => { const a = {}; a.a = a; return a; };");
  EXPECT_EQ(response.failure().kind(), Failure::KIND_THREW);
  EXPECT_THAT(response.failure().message(), StartsWith("TypeError: Converting a circular"));
}

TEST_F(WorkerTest, GivesArgumentsAsPlainValues) {
  EXPECT_EQ(Returned("exports = (a, b, c) => [typeof a.n + a.n, b instanceof Date, c instanceof BSON.ObjectId];",
                     {R"({"n":{"$numberInt":"5"}})", R"({"$date":{"$numberLong":"0"}})",
                      R"({"$oid":"5e5d6f3c9b1e8a3f4c2d1b0a"})"}),
            R"(["number5",true,true])");
}

// ---- EJSON and BSON (spec section 9.5).

TEST_F(WorkerTest, HasEjsonAndBson) {
  struct {
    const char* expression;
    const char* ejson;
  } const rows[] = {
      {"EJSON.stringify({message: 'MESSAGE'})", R"("{\"message\":\"MESSAGE\"}")"},
      {"EJSON.stringify({a: 1}, null, null, {relaxed: true})", R"("{\"a\":1}")"},
      {"EJSON.parse('{\"a\":[1,\"x\"]}')", R"({"a":[{"$numberInt":"1"},"x"]})"},
      {"EJSON.parse('{\"d\":{\"$date\":{\"$numberLong\":\"7\"}}}').d.getTime()", R"({"$numberInt":"7"})"},
      {"EJSON.parse('[{\"$oid\":\"5e5d6f3c9b1e8a3f4c2d1b0a\"}]')[0].toString()", R"("5e5d6f3c9b1e8a3f4c2d1b0a")"},
      {"new BSON.ObjectId() instanceof BSON.ObjectId && BSON.ObjectId() instanceof BSON.ObjectId", "true"},
      {"BSON.ObjectId().toString() !== BSON.ObjectId().toString()", "true"},
      {"BSON.ObjectId().constructor === BSON.ObjectId", "true"},
      {"BSON.Binary.fromHex('4869').text()", R"("Hi")"},
      {"BSON.Binary.fromBase64('SGk=').toHex()", R"("4869")"},
      {"BSON.Binary.fromText('Hi').toBase64()", R"("SGk=")"},
      {"(() => { try { BSON.Binary.fromBase64('SGk'); } catch (e) { return e.name; } })()", R"("TypeError")"},
      {"BSON.Long(1, 2).toString()", R"("8589934593")"},
  };
  for (const auto& row : rows) EXPECT_EQ(ReturnedBy(row.expression), row.ejson) << row.expression;
  EXPECT_EQ(Returned("exports = () => { class Id extends BSON.ObjectId { own() { return 'own'; } }"
                     " return new Id().own(); };"),
            "\"own\"");
}

TEST_F(WorkerTest, DoesNotRepeatIdsInAnotherContext) {
  AddFunction("a", "exports = () => BSON.ObjectId();");
  AddFunction("b", "exports = () => BSON.ObjectId();");
  Load();
  std::string a = worker().Execute(FunctionRequest("a")).returned().value_ejson();
  std::string b = worker().Execute(FunctionRequest("b")).returned().value_ejson();
  // Four bytes of time, five of the process and three that count.
  EXPECT_NE(a.substr(17), b.substr(17));
}

}  // namespace
}  // namespace overlock::executor
