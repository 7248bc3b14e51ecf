// Which sources compile, and that nothing of them is run.
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/worker/worker_test_fixture.h"

namespace overlock::executor {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using Problem = v1::CompileResponse::Problem;

std::string Repeat(const std::string& text, size_t bytes) {
  std::string all;
  while (all.size() < bytes) all += text;
  return all;
}

class WorkerCompileTest : public WorkerTest {
 protected:
  WorkerCompileTest() { view_.mutable_limits()->mutable_cpu_time_max()->set_seconds(5); }

  worker::v1::Done Compile(const std::vector<std::string>& sources) {
    Load();
    v1::CompileRequest request;
    for (const std::string& source : sources) {
      request.add_sources()->set_source(source);
      request.mutable_sources()->rbegin()->set_name("functions/f/source.js");
    }
    return worker().WaitForDone(worker().StartCompile(FunctionRequest(""), request));
  }
  static int64_t ResidentBytes() {
    int64_t pages = 0;
    std::ifstream statm(absl::StrCat("/proc/", worker().pid(), "/statm"));
    statm >> pages >> pages;
    return pages * sysconf(_SC_PAGESIZE);
  }
  // "LINE:COLUMN MESSAGE", or "ok".
  std::string Verdict(const std::string& source) {
    worker::v1::Done done = Compile({source});
    EXPECT_TRUE(done.response().has_returned()) << done.ShortDebugString();
    if (done.compiled().problems().empty()) return "ok";
    const Problem& problem = done.compiled().problems(0);
    return absl::StrCat(problem.line(), ":", problem.column(), " ", problem.message());
  }
};

TEST_F(WorkerCompileTest, AcceptsWhatAFunctionCanBeLoadedFrom) {
  for (const char* source : {
           "exports = function (payload, response) { response.setBody('x'); };",
           "exports = async (a, b) => { await null; return a + b; };",
           "const f = function* () { yield 1; }; exports = () => [...f()];",
           "module.exports = class A { #x = 1; static y = 2; get z() { return this.#x ?? 3; } };",
           "'use strict';\nexports = ({a, ...rest}) => rest?.a;",
           "var undefinedOne = require('x'); exports = 5;",
           "exports = () => { with ({}) { return 010; } };",
           "exports = () => import('x');",
           "exports = () => 1; <!-- as scripts have it",
           "",
           "// nothing",
           "exports = () => /[/\\]]+/gu.test('\\u{1F600}') ? 10n ** 2n : `a${`b`}`;",
       }) {
    EXPECT_EQ(Verdict(source), "ok") << source;
  }
}

TEST_F(WorkerCompileTest, SaysWhereASourceDoesNotCompile) {
  const std::pair<const char*, const char*> rows[] = {
      {"exports = () => {\n  foo(;\n};", "2:7 SyntaxError: Unexpected token ';'"},
      {"exports = function ( {", "1:23 SyntaxError: Unexpected end of input"},
      {"let a;\nlet a;", "2:5 SyntaxError: Identifier 'a' has already been declared"},
      {"exports = () => {\n\treturn 'a;\n};", "2:9 SyntaxError: Invalid or unexpected token"},
      {"import x from 'y';\nexports = x;", "1:1 SyntaxError: Cannot use import statement outside a module"},
      {"export default 1;", "1:1 SyntaxError: Unexpected token 'export'"},
      {"\nreturn 5;", "2:1 SyntaxError: Illegal return statement"},
      {"const x = await f();",
       "1:11 SyntaxError: await is only valid in async functions and the top level bodies of modules"},
      {"exports = () => { 'use strict'; return 010; };",
       "1:40 SyntaxError: Octal literals are not allowed in strict mode."},
      {"exports = () => { const f = () => { return function () { break; }; }; };",
       "1:58 SyntaxError: Illegal break statement"},
      {"exports = '\xf0\x9f\x98\x80' + ;", "1:18 SyntaxError: Unexpected token ';'"},
      {"exports = () => {\n  return /(/;\n};", "2:10 SyntaxError: Invalid regular expression: /(/: Unterminated group"},
  };
  for (const auto& [source, verdict] : rows) EXPECT_EQ(Verdict(source), verdict) << source;
}

TEST_F(WorkerCompileTest, CountsLinesAsStacksDo) {
  const std::pair<const char*, const char*> rows[] = {
      {"a;\r\nb;\r\nc d;\r\n", "3:3 "},
      {"a;\rb;\rc d;", "3:3 "},
      {"a;\xe2\x80\xa8"
       "b;\xe2\x80\xa9"
       "c d;",
       "3:3 "},
      {"\xef\xbb\xbf"
       "c d;",
       "1:3 "},
      {"\xef\xbb\xbf"
       "a;\nc d;",
       "2:3 "},
      {"#!/usr/bin/env node\nc d;", "2:3 "},
      {"\xef\xbb\xbf#!/usr/bin/env node\r\nc d;", "2:3 "},
  };
  for (const auto& [source, place] : rows) {
    EXPECT_THAT(Verdict(source), AllOf(StartsWith(place), HasSubstr("SyntaxError"))) << source;
    EXPECT_EQ(Compile({source}).compiled().problems(0).source_line(), "c d;") << source;
  }
  EXPECT_EQ(Verdict("\xef\xbb\xbf#!/usr/bin/env node\r\nexports = () => 1;"), "ok");
}

// The same code compiles both; this holds it to that.
TEST_F(WorkerCompileTest, RefusesWhatLoadingRefusesInTheSamePlace) {
  for (const char* source :
       {"exports = () => 1;", "a\nb c",
        "\xef\xbb\xbf"
        "a;\r\n  b c",
        "#!x\n)", "import 'x';", "return 1;", "await 1;", "let a; let a;", "exports = () => { /(/; };",
        "exports = () => { let b; var b; };", "exports = () => 1; \xe2\x80\xa8 ]"}) {
    worker::v1::Done done = Compile({source});
    v1::ExecuteResponse run = RunFunction(source);
    view_.clear_functions();
    if (done.compiled().problems().empty()) {
      EXPECT_FALSE(run.failure().message().starts_with("SyntaxError") && !run.failure().stack().empty() &&
                   run.failure().kind() == v1::Failure::KIND_SYNTAX_ERROR)
          << run.ShortDebugString();
      continue;
    }
    const Problem& problem = done.compiled().problems(0);
    EXPECT_EQ(run.failure().kind(), v1::Failure::KIND_SYNTAX_ERROR);
    EXPECT_EQ(run.failure().message(), problem.message());
    EXPECT_THAT(run.failure().stack(),
                StartsWith(absl::StrCat("functions/f/source.js:", problem.line(), "\n", problem.source_line(), "\n",
                                        std::string(problem.column() - 1, ' '), "^")));
  }
}

TEST_F(WorkerCompileTest, NamesOnlyTheSourcesThatDoNotCompile) {
  worker::v1::Done done = Compile({"let a;", "let a; let a;", "let a;", "\n)", "const a = 1;"});
  ASSERT_EQ(done.compiled().problems_size(), 2);
  EXPECT_EQ(done.compiled().problems(0).source_index(), 1);
  EXPECT_EQ(done.compiled().problems(1).source_index(), 3);
  EXPECT_EQ(done.compiled().problems(1).line(), 2);
}

TEST_F(WorkerCompileTest, ExecutesNothing) {
  EXPECT_EQ(Verdict("throw new Error('ran');"), "ok");
  EXPECT_EQ(Verdict("for (;;) {}"), "ok");
  EXPECT_EQ(Verdict("Object.prototype.toString = Error.prototype.toString = () => 'taken'; Error = null;"), "ok");
  EXPECT_EQ(Verdict("SyntaxError.prototype.name = 'taken'; ("), "1:40 SyntaxError: Unexpected end of input");
  // Of the same isolate and context.
  worker::v1::Done done = Compile({"SyntaxError.prototype.name = 'taken'; var x = 1;", ")"});
  EXPECT_EQ(done.compiled().problems(0).message(), "SyntaxError: Unexpected token ')'");
}

TEST_F(WorkerCompileTest, CutsLongLinesAndMessages) {
  const std::string name = Repeat("\xc3\xbc", 100'000);
  worker::v1::Done done = Compile({"let " + name + "; let " + name + ";"});
  ASSERT_EQ(done.compiled().problems_size(), 1);
  EXPECT_THAT(done.compiled().problems(0).message(), EndsWith("\xc3\xbc' has already been declared"));
  EXPECT_LE(done.compiled().problems(0).message().size(), 512u);
  EXPECT_EQ(done.compiled().problems(0).source_line().size(), 200u);
  EXPECT_EQ(done.compiled().problems(0).column(), 4 + 50'000 + 6 + 1);
  done = Compile({"exports = /(" + name + "/;"});
  ASSERT_EQ(done.compiled().problems_size(), 1);
  EXPECT_THAT(done.compiled().problems(0).message(),
              AllOf(StartsWith("SyntaxError: Invalid regular expression: /("), EndsWith(": Unterminated group")));
  EXPECT_LE(done.compiled().problems(0).message().size(), 512u);
}

TEST_F(WorkerCompileTest, BearsHostileSources) {
  constexpr size_t kBytes = 1 << 20;
  for (const char* begin : {"(",         "[",
                            "{",         "!",
                            "-",         "new ",
                            "a=>",       "a?",
                            "a?b:",      "function f(){",
                            "()=>{",     "class A extends ",
                            "`${",       "if(a)",
                            "for(;;)",   "a:",
                            "async()=>", "{a:",
                            "({a:",      "[...",
                            "let[",      "a=",
                            "a,",        "a+",
                            "a&&",       "a**",
                            "a??",       "try{",
                            "yield "}) {
    std::string verdict = Verdict(Repeat(begin, kBytes));
    EXPECT_TRUE(verdict.find("SyntaxError") != std::string::npos ||
                verdict.find("could not be compiled within the limits: RangeError") != std::string::npos)
        << begin << " " << verdict;
  }
  EXPECT_EQ(Verdict("exports = () => 'alive';"), "ok");
}

TEST_F(WorkerCompileTest, BearsLargeSources) {
  constexpr size_t kBytes = (1 << 20) - 64;
  auto within = [](const std::string& begin, const std::string& repeat, const std::string& end) {
    return begin + Repeat(repeat, kBytes - repeat.size()) + end;
  };
  std::string many_variables;
  for (int i = 0; many_variables.size() < kBytes; ++i) absl::StrAppend(&many_variables, "let v", i, ";");
  for (const std::string& source : {within("exports = /", "(a|[^b])*?", "/;"),
                                    within("exports = '", "\\u00fc", "';"),
                                    within("exports = ", "9", ";"),
                                    within("exports = ", "9", "n;"),
                                    within("exports = [", "1,", "];"),
                                    within("exports = [", "{},", "];"),
                                    within("exports = [", "'a',", "];"),
                                    within("exports = ", "1+", "1;"),
                                    within("exports = a", "+a", ";"),
                                    within("exports = a", ".b", ";"),
                                    within("exports = a", "()", ";"),
                                    within("exports = a", "[0]", ";"),
                                    within("", "f(()=>{});", ""),
                                    within("", "(function(){})();", ""),
                                    within("switch(a){", "case 1:", "}"),
                                    within("exports = `", "${a}", "`;"),
                                    within("/*", "*", "*/"),
                                    within("", "\n", ""),
                                    within("", "a:;", ""),
                                    within("exports = {", "a:1,", "};"),
                                    within("if(a);", "else if(a);", ""),
                                    many_variables}) {
    worker::v1::Done done = Compile({source});
    EXPECT_TRUE(done.response().has_returned() || done.response().has_failure());
    if (done.compiled().problems_size() > 0) {
      EXPECT_THAT(done.compiled().problems(0).message(),
                  AnyOf(HasSubstr("RangeError"), HasSubstr("SyntaxError: Invalid regular expression")))
          << source.substr(0, 40);
    }
  }
  EXPECT_EQ(Verdict("exports = () => 'alive';"), "ok");
}

TEST_F(WorkerCompileTest, CompilesBesideAFunctionThatWaits) {
  AddFunction("waits", "let wake; exports = (a) => a ? new Promise(f => { wake = f; }) : wake('woken');");
  Load();
  uint64_t waits = worker().Start(FunctionRequest("waits", {"true"}));
  v1::CompileRequest request;
  request.add_sources()->set_source("wake();");
  worker::v1::Done done = worker().WaitForDone(worker().StartCompile(FunctionRequest(""), request));
  EXPECT_TRUE(done.compiled().problems().empty());
  worker().Execute(FunctionRequest("waits", {"false"}));
  EXPECT_EQ(worker().Wait(waits).returned().value_ejson(), "\"woken\"");
}

TEST_F(WorkerCompileTest, KeepsNothingOfWhatItCompiled) {
  if (InThread()) GTEST_SKIP() << "its memory is the test's";
  const std::string source = "exports = [" + Repeat("{},", 16 << 10) + "];";
  for (int i = 0; i < 10; ++i) ASSERT_EQ(Verdict(source), "ok");
  const int64_t before = ResidentBytes();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(Verdict(source), "ok");
  // An isolate and a context alone take 1.7 MB.
  EXPECT_LT(ResidentBytes() - before, 64 << 20);
}

}  // namespace
}  // namespace overlock::executor
