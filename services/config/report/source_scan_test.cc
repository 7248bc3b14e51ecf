#include "services/config/report/source_scan.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = Verdict::Kind;

AppNames App() {
  AppNames app;
  app.service_types = {{"mongodb-atlas", "mongodb-atlas"},
                       {"web", "http"},
                       {"sms", "twilio"},
                       {"cloud", "aws"},
                       {"bucket", "aws-s3"},
                       {"mail", "aws-ses"},
                       {"push", "gcm"},
                       {"gh", "github"}};
  app.functions = {"helper", "folder/helper"};
  app.values = {"token"};
  app.packages = {"lodash", "@scope/tool"};
  return app;
}

SourceReport Scan(std::string_view body) {
  return ScanSource(absl::StrCat("exports = function() {", body, "\n}"), App());
}

std::string_view Word(Kind kind) {
  switch (kind) {
    case Kind::kRuns:
      return "runs";
    case Kind::kDiffers:
      return "differs";
    case Kind::kDoesNotRun:
      return "not";
  }
  return "";
}

// `runs BSON.ObjectId; not require('fs')`
std::string Shown(const SourceReport& report) {
  std::vector<std::string> parts;
  for (const Finding& finding : report.findings) {
    parts.push_back(absl::StrCat(Word(finding.verdict.kind), " ", finding.construct));
  }
  return absl::StrJoin(parts, "; ");
}

struct ScanCase {
  std::string_view body;
  std::string_view findings;
};

class SourceScan : public ::testing::TestWithParam<ScanCase> {};

TEST_P(SourceScan, Tells) { EXPECT_EQ(Shown(Scan(GetParam().body)), GetParam().findings) << GetParam().body; }

INSTANTIATE_TEST_SUITE_P(
    Modules, SourceScan,
    ::testing::Values(
        ScanCase{"require('crypto')", "differs require('crypto')"}, ScanCase{"require('util')", "runs require('util')"},
        ScanCase{"require(\"node:path\")", "runs require('node:path')"}, ScanCase{"require(`fs`)", "not require('fs')"},
        ScanCase{"require('node:nosuch')", "not require('node:nosuch')"},
        ScanCase{"require('lodash/fp')", "runs require('lodash/fp')"},
        ScanCase{"require('@scope/tool/x')", "runs require('@scope/tool/x')"},
        ScanCase{"require('@scope/other')", "not require('@scope/other')"},
        ScanCase{"require('moment')", "not require('moment')"},
        ScanCase{"require('./helper')", "not require('./helper')"}, ScanCase{"require('')", "not require('')"},
        ScanCase{"require(name)", "runs require(...)"}, ScanCase{"require('a' + name)", "runs require(...)"},
        ScanCase{"const NAME = 'fs'; require(NAME)", "not require('fs')"},
        ScanCase{"const {createServer, get} = require('http')",
                 "not require('http').createServer; differs require('http')"},
        ScanCase{"const c = require('crypto'); c.generateKeyPairSync('rsa')",
                 "differs require('crypto'); not require('crypto').generateKeyPairSync"},
        ScanCase{"a.require('fs')", ""},
        ScanCase{"// require('fs')\n'require(\"fs\")'; `require('fs')`; /require('fs')/", ""},
        ScanCase{"`${require('fs')}`", "not require('fs')"}, ScanCase{"import x from 'y'", "not import"},
        ScanCase{"await import('y')", "not import(...)"}, ScanCase{"} export default function() {", "not export"},
        ScanCase{"a.import; ({export: 1})", ""}));

INSTANTIATE_TEST_SUITE_P(
    Services, SourceScan,
    ::testing::Values(
        ScanCase{"context.services.get('web').get({url})",
                 "runs context.services.get('web'); runs context.services.get('web').get"},
        ScanCase{"context.services.get('web').fetch()",
                 "runs context.services.get('web'); not context.services.get('web').fetch"},
        ScanCase{"const s = context.services.get('sms'); s.send({}); s.call()",
                 "runs context.services.get('sms'); runs context.services.get('sms').send; "
                 "not context.services.get('sms').call"},
        ScanCase{"context.services.get('bucket').put({})",
                 "runs context.services.get('bucket'); runs context.services.get('bucket').put"},
        ScanCase{"context.services.get('push').send({})",
                 "runs context.services.get('push'); differs context.services.get('push').send"},
        ScanCase{"context.services.get('gh').issues()",
                 "runs context.services.get('gh'); not context.services.get('gh').issues"},
        ScanCase{"context.services.get('cloud').s3('eu-west-1').PutObject({})",
                 "runs context.services.get('cloud'); runs context.services.get('cloud').s3().PutObject"},
        ScanCase{
            "const aws = context.services.get('cloud'), s3 = aws.s3()\naws.nosuch(); s3.SelectObjectContent({})",
            "runs context.services.get('cloud'); runs context.services.get('cloud').s3; "
            "not context.services.get('cloud').nosuch; not context.services.get('cloud').s3().SelectObjectContent"},
        ScanCase{"context.services.get('nobody').send()", "not context.services.get('nobody')"},
        ScanCase{"context.services.get(name).send()", "runs context.services.get(...)"},
        ScanCase{"context.services.find('web')", "not context.services.find"},
        ScanCase{"const {services, values} = context; services.get('gh'); values.get('token')",
                 "runs context.services; runs context.values; runs context.services.get('gh'); "
                 "runs context.values.get('token')"},
        ScanCase{"const { http: { post } } = context", "runs context.http; runs context.http.post"},
        ScanCase{"const get = context.services.get", "runs context.services.get"},
        ScanCase{"context['services']?.get?.('gh')", "runs context.services.get('gh')"},
        ScanCase{"context[name].get('gh')", ""}, ScanCase{"helper(context)", ""}, ScanCase{"({context: 1})", ""}));

INSTANTIATE_TEST_SUITE_P(
    MongoDb, SourceScan,
    ::testing::Values(
        ScanCase{"return context.services.get('mongodb-atlas').db('a').collection('b').find({})",
                 "runs context.services.get('mongodb-atlas'); runs collection.find"},
        ScanCase{
            "const mongodb = context.services.get(\"mongodb-atlas\");\nconst items = mongodb.db('a').collection('b');\n"
            "await items.bulkWrite([]); items.watch(); items.name; items.drop()",
            "runs context.services.get('mongodb-atlas'); runs collection.bulkWrite; not collection.watch; "
            "runs collection.name; not collection.drop"},
        ScanCase{"const db = context.services.get(which).db('a'); db.collection('b').insertOne({}); db.dropDatabase()",
                 "runs context.services.get(...); runs collection.insertOne; not db.dropDatabase"},
        ScanCase{"const m = context.services.get('mongodb-atlas'); m.admin(); m.database('a')",
                 "runs context.services.get('mongodb-atlas'); runs context.services.get('mongodb-atlas').admin"},
        // The variable is set below the function that uses it, and is another one where it is a parameter.
        ScanCase{"function f() { return items.count(); }\nlet items;\nitems = "
                 "context.services.get('mongodb-atlas').db('a').collection('b')\n;[].map((items) => items.join())",
                 "runs collection.count; runs context.services.get('mongodb-atlas')"},
        ScanCase{"let a = context.services.get('mongodb-atlas').db('a'); a = other(); a.collection('b').find()",
                 "runs context.services.get('mongodb-atlas')"}));

INSTANTIATE_TEST_SUITE_P(
    Context, SourceScan,
    ::testing::Values(
        ScanCase{"context.functions.execute('helper', 1)", "runs context.functions.execute('helper')"},
        ScanCase{"context.functions.execute('folder/helper')", "runs context.functions.execute('folder/helper')"},
        ScanCase{"context.functions.execute('x')", "not context.functions.execute('x')"},
        ScanCase{"context.functions.execute(payload.query.f)", "runs context.functions.execute(...)"},
        ScanCase{"context.values.get('token'); context.values.get('token')", "runs context.values.get('token')"},
        ScanCase{"context.values.get('v'); context.values.get('v')",
                 "not context.values.get('v'); not context.values.get('v')"},
        ScanCase{"context.http.get({url: 'x', authUrl: 'y'}).then(r => r)",
                 "differs authUrl of context.http.get; runs context.http.get"},
        ScanCase{"context.http.request({})", "not context.http.request"},
        ScanCase{"context.user.custom_data.team", "differs context.user.custom_data"},
        ScanCase{"const {id, email} = context.user", "runs context.user.id; not context.user.email"},
        ScanCase{"log(context.user)", "runs context.user"},
        ScanCase{"const user = context.user; list.map(user => user.email); user.id",
                 "runs context.user; runs context.user.id"},
        ScanCase{"context.request.requestHeaders['X-A']", "runs context.request.requestHeaders"},
        ScanCase{"context.request.body", "not context.request.body"},
        ScanCase{"context.runningAsSystem()", "runs context.runningAsSystem"},
        ScanCase{"context.app.projectId + context.app.name", "not context.app.projectId; runs context.app.name"},
        ScanCase{"context.environment.values.x", "runs context.environment.values"},
        ScanCase{"context.secrets.get('x')", "not context.secrets"},
        ScanCase{"context.cache = {}; context.cache.x", ""}, ScanCase{"context.toString()", ""},
        ScanCase{"globalThis.context.user.id", "runs context.user.id"}));

INSTANTIATE_TEST_SUITE_P(
    Globals, SourceScan,
    ::testing::Values(ScanCase{"new BSON.ObjectId(); BSON.Binary.fromText('x'); BSON.Vector",
                               "runs BSON.ObjectId; runs BSON.Binary; not BSON.Vector"},
                      ScanCase{"EJSON.parse(EJSON.stringify({}))", "runs EJSON.parse; differs EJSON.stringify"},
                      ScanCase{"utils.crypto.encrypt('aes', t, k); utils.crypto.scrypt()",
                               "runs utils.crypto.encrypt; not utils.crypto.scrypt"},
                      ScanCase{"utils.jwt.encode('HS256', {}, k); utils.jwt.decode(t, k)",
                               "runs utils.jwt.encode; differs utils.jwt.decode"},
                      ScanCase{"const {crypto: {hmac}} = utils", "runs utils.crypto; runs utils.crypto.hmac"},
                      ScanCase{"const utils = require('lodash'); utils.chunk()", "runs require('lodash')"},
                      ScanCase{"process.env.HOME; process.exit(1); process.stdin",
                               "differs process.env; not process.exit; not process.stdin"},
                      ScanCase{"require('process').exit()", "differs require('process'); not process.exit"},
                      ScanCase{"WebAssembly.compile(b); new SharedArrayBuffer(1)",
                               "not WebAssembly; not SharedArrayBuffer"},
                      ScanCase{"__dirname + __filename", "not __dirname; not __filename"},
                      ScanCase{"if (typeof module !== 'undefined') module.exports = exports", ""},
                      ScanCase{"module.exports = {}", "not module"}, ScanCase{"typeof window", ""},
                      ScanCase{"function f(window) { return window.x; }", ""}, ScanCase{"a.window; ({window: 1})", ""},
                      ScanCase{"fetch('x'); new Buffer('x', 'utf-8')", "differs fetch; runs Buffer"},
                      ScanCase{"const fetch = require('lodash'); fetch()", "runs require('lodash')"}));

TEST(SourceReport, SaysWhereItIs) {
  SourceReport report = ScanSource(
      "exports = () => {\n  \xC3\xB6\xC3\xA4(require('fs'));\n  return context.services\n"
      "    .get('mongodb-atlas')\n    .db('a').collection('b')\n    .findOne({});\n}",
      App());
  std::vector<std::string> places;
  for (const Finding& finding : report.findings) {
    places.push_back(absl::StrCat(finding.line, ":", finding.column, " ", finding.construct));
  }
  EXPECT_THAT(places,
              ElementsAre("2:6 require('fs')", "4:6 context.services.get('mongodb-atlas')", "6:6 collection.findOne"));
}

TEST(SourceReport, ExplainsWhyAndWhatToDo) {
  EXPECT_EQ(Scan("context.services.get('x')").findings[0].verdict.explanation,
            "there is no service 'x' in this application: it is undefined; add the service or correct the name");
  EXPECT_THAT(Scan("context.values.get(x)").findings[0].verdict.explanation,
              HasSubstr("cannot be told from the source: checked when it runs"));
  EXPECT_THAT(Scan("require('moment')").findings[0].verdict.explanation, HasSubstr("add it to functions/package.json"));
  EXPECT_THAT(
      Scan("context.services.get('mongodb-atlas').db('a').collection('b').watch()").findings[1].verdict.explanation,
      HasSubstr("watch the collection from a program of your own"));
  for (const Finding& finding :
       Scan("require('fs'); WebAssembly; process.exit(); context.user.custom_data; import('x')").findings) {
    EXPECT_NE(finding.verdict.explanation, "") << finding.construct;
  }
}

TEST(SourceReport, SaysThatThereIsNoFunction) {
  EXPECT_EQ(Shown(ScanSource("", App())), "not exports");
  EXPECT_EQ(Shown(ScanSource("function f() {}", App())), "not exports");
  EXPECT_EQ(Shown(ScanSource("module.exports = f", App())), "not exports; not module");
  EXPECT_THAT(ScanSource("var exports = function() {}", App()).findings, IsEmpty());
  EXPECT_THAT(ScanSource("exports = a => a", App()).findings, IsEmpty());
  EXPECT_THAT(ScanSource("async function exports() {}", App()).findings, IsEmpty());
}

TEST(SourceReport, ShowsPrintableNamesOnly) {
  SourceReport report = Scan("require('a\\n\\u0000\xC3\xB6" + std::string(200, 'x') + "')");
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].construct, "require('a????" + std::string(59, 'x') + "...')");
}

TEST(SourceReport, CountsWhatIsTooMuch) {
  std::string body;
  for (size_t i = 0; i < kFindingsMax + 7; ++i) body += "require('fs');\n";
  SourceReport report = Scan(body);
  EXPECT_EQ(report.findings.size(), kFindingsMax);
  EXPECT_EQ(report.left_out, 7u);
  EXPECT_EQ(report.findings.back().line, kFindingsMax);
}

// Each would take hours if the work grew with the square of the length.
TEST(SourceReport, ComesInTimeForLongSources) {
  for (std::string_view piece :
       {"context.http.get(", "const {a: {b = ", "} = context;", "a = context.services,", "(a, b) => {", "let {x = {",
        "context.services.get('mongodb-atlas').db(", "({a:{", "process.", "typeof "}) {
    std::string source;
    while (source.size() < 1024 * 1024) source += piece;
    EXPECT_LE(ScanSource(source, App()).findings.size(), kFindingsMax);
  }
  std::string nested;
  for (int i = 0; i < 50000; ++i) nested += "{a: ";
  for (int i = 0; i < 50000; ++i) nested += "}";
  EXPECT_THAT(ScanSource(absl::StrCat("exports = 1; const ", nested, " = context"), App()).findings.size(), 1u);
}

}  // namespace
}  // namespace overlock::config
